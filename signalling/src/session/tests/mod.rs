mod pair;

mod captured;
mod ending;
mod hostile;
mod media;
mod starting;
mod timers;
