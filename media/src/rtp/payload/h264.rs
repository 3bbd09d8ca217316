//! RTP payload format for H.264 (RFC 6184), packetization modes 0 and 1.
