//! The whole way: pictures to payloads and back, by both engines, and against ffmpeg.

mod ffmpeg;
mod hostile;
mod round_trip;
mod synthetic;
