//! PNG pictures.

use crate::Picture;
use std::io::{self, Write};

/// Writes `picture` as a PNG file.
pub fn write(picture: &Picture, output: impl Write) -> io::Result<()> {
    let (width, height) = (picture.size().width.into(), picture.size().height.into());
    write_rgb(width, height, &rgb(picture), output)
}

/// Writes `width` × `height` samples of red, green, blue, one octet each, as a PNG file.
pub fn write_rgb(width: u32, height: u32, samples: &[u8], output: impl Write) -> io::Result<()> {
    let mut encoder = png::Encoder::new(output, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    Ok(writer.finish()?)
}

/// Red, green and blue of each sample, by ITU-R BT.601 with limited range.
pub fn rgb(picture: &Picture) -> Vec<u8> {
    let width = picture.width();
    let mut samples = Vec::with_capacity(picture.y.len() * 3);
    for (i, &luma) in picture.y.iter().enumerate() {
        let chroma = i / width / 2 * (width / 2) + i % width / 2;
        let y = (i32::from(luma) - 16) * 298 + 128;
        let (u, v) = (
            i32::from(picture.u[chroma]) - 128,
            i32::from(picture.v[chroma]) - 128,
        );
        let rgb = [y + 409 * v, y - 100 * u - 208 * v, y + 516 * u];
        samples.extend(rgb.map(|c| (c >> 8).clamp(0, 255) as u8));
    }
    samples
}
