//! RTP payload format for H.261 (RFC 4587).
