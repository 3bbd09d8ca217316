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

#[cfg(test)]
mod tests {
    use super::*;
    use base::PictureSize;

    #[test]
    fn colours_are_those_of_bt_601() {
        let size = PictureSize::new(2, 2);
        let colour = |y, u, v| rgb(&Picture::filled(size, y, u, v))[..3].to_vec();
        assert_eq!(colour(16, 128, 128), [0, 0, 0]);
        assert_eq!(colour(235, 128, 128), [255, 255, 255]);
        // The primaries of a 100 % colour bar.
        let near = |a: Vec<u8>, b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near(colour(81, 90, 240), [255, 0, 0]));
        assert!(near(colour(145, 54, 34), [0, 255, 0]));
        assert!(near(colour(41, 240, 110), [0, 0, 255]));
    }

    #[test]
    fn a_written_picture_decodes_to_its_samples() {
        let mut picture = Picture::filled(PictureSize::new(6, 4), 90, 100, 150);
        picture.y[7] = 200;
        picture.u[5] = 30;
        let mut file = Vec::new();
        write(&picture, &mut file).expect("memory takes it");
        let mut reader = png::Decoder::new(io::Cursor::new(file))
            .read_info()
            .expect("a PNG file");
        let mut samples = vec![0; 6 * 4 * 3];
        let info = reader.next_frame(&mut samples).expect("a picture");
        assert_eq!((info.width, info.height), (6, 4));
        assert_eq!(samples, rgb(&picture));
        assert!(write_rgb(6, 4, &samples[1..], Vec::new()).is_err());
    }
}
