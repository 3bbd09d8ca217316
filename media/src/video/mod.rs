//! Layouts, scaling, composition and the test picture.
