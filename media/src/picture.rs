//! A picture in planar YCbCr 4:2:0 (I420), ITU-R BT.601 limited range.

use base::PictureSize;

/// Three planes without padding: luma `width` × `height`, then Cb and Cr at half of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    size: PictureSize,
    /// Luma, `width * height` octets, row by row.
    pub y: Vec<u8>,
    /// Cb, `width / 2 * height / 2` octets.
    pub u: Vec<u8>,
    /// Cr, `width / 2 * height / 2` octets.
    pub v: Vec<u8>,
}

impl Picture {
    /// A picture of one colour; `size` must be even both ways.
    pub fn filled(size: PictureSize, y: u8, u: u8, v: u8) -> Self {
        assert!(
            size.width.is_multiple_of(2) && size.height.is_multiple_of(2),
            "4:2:0 needs even sizes: {size}"
        );
        let luma = usize::from(size.width) * usize::from(size.height);
        Picture {
            size,
            y: vec![y; luma],
            u: vec![u; luma / 4],
            v: vec![v; luma / 4],
        }
    }

    /// A picture that takes over its planes; `None` if they are not as long as `size` wants.
    pub fn from_planes(size: PictureSize, y: Vec<u8>, u: Vec<u8>, v: Vec<u8>) -> Option<Self> {
        let luma = usize::from(size.width) * usize::from(size.height);
        let even = size.width.is_multiple_of(2) && size.height.is_multiple_of(2);
        let fits = y.len() == luma && u.len() == luma / 4 && v.len() == luma / 4;
        (even && fits).then_some(Picture { size, y, u, v })
    }

    /// A black picture.
    pub fn black(size: PictureSize) -> Self {
        Picture::filled(size, 16, 128, 128)
    }

    /// Its size in luma samples.
    pub fn size(&self) -> PictureSize {
        self.size
    }

    /// Luma samples across.
    pub fn width(&self) -> usize {
        self.size.width.into()
    }

    /// Luma samples down.
    pub fn height(&self) -> usize {
        self.size.height.into()
    }

    /// Luma peak signal-to-noise ratio against `other` of the same size, in dB; infinite if equal.
    pub fn psnr(&self, other: &Picture) -> f64 {
        assert_eq!(self.size, other.size, "PSNR compares pictures of one size");
        let squares: u64 = (self.y.iter().zip(&other.y))
            .map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2))
            .sum();
        10.0 * (255.0 * 255.0 * self.y.len() as f64 / squares as f64).log10()
    }
}
