//! G.722 at 64 kbit/s (ITU-T G.722).
