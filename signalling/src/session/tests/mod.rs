//! Whole calls. `pair` joins two sessions back to back, `script` lets a test be the peer, `captured`
//! lets endpoints of another make be it. The rest are claims, a file for each part of a call.

mod pair;
mod script;

mod captured;
mod ending;
mod hostile;
mod media;
mod messages;
mod negotiation;
mod starting;
mod timers;
mod transport;
