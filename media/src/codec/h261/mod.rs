//! H.261 (ITU-T H.261 03/93), encoder and decoder.
