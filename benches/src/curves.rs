//! Curves on logarithmic axes, as SVG.

use crate::plot::{COLOURS, text};
use std::fmt::Write;

/// Points joined by lines; both axes are powers of ten.
#[derive(Debug, Clone)]
pub struct LogCurves {
    /// Above everything.
    pub title: String,
    /// Under the horizontal axis, and above the vertical one.
    pub axes: [String; 2],
    /// Each with its name.
    pub curves: Vec<(&'static str, Vec<(f64, f64)>)>,
}

const LEFT: f64 = 60.0;
const TOP: f64 = 60.0;
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 300.0;
const BELOW: f64 = 80.0;

impl LogCurves {
    /// The picture. Values must be above zero.
    pub fn to_svg(&self) -> String {
        let points = || self.curves.iter().flat_map(|(_, points)| points);
        let (left, right) = decades(points().map(|point| point.0));
        let (low, high) = decades(points().map(|point| point.1));
        let x = |value: f64| LEFT + WIDTH * (value.log10() - left) / (right - left);
        let y = |value: f64| TOP + HEIGHT * (1.0 - (value.log10() - low) / (high - low));
        let (width, height) = (LEFT + WIDTH + 30.0, TOP + HEIGHT + BELOW);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        text(&mut svg, (LEFT, 18.0), "start", &self.title);
        let [across, up] = &self.axes;
        let (bottom, middle) = (TOP + HEIGHT, LEFT + WIDTH / 2.0);
        text(&mut svg, (middle, bottom + 36.0), "middle", across);
        text(&mut svg, (8.0, TOP - 10.0), "start", up);
        for power in left as i32..=right as i32 {
            let value = 10f64.powi(power);
            line(&mut svg, (x(value), TOP), (x(value), bottom), "#ddd");
            text(
                &mut svg,
                (x(value), bottom + 16.0),
                "middle",
                &format!("{value}"),
            );
        }
        for power in low as i32..=high as i32 {
            let value = 10f64.powi(power);
            line(&mut svg, (LEFT, y(value)), (LEFT + WIDTH, y(value)), "#ddd");
            text(
                &mut svg,
                (LEFT - 6.0, y(value) + 4.0),
                "end",
                &format!("{value}"),
            );
        }
        let mut legend = LEFT;
        for ((name, points), colour) in self.curves.iter().zip(COLOURS) {
            line(&mut svg, (legend, 31.0), (legend + 10.0, 31.0), colour);
            text(&mut svg, (legend + 14.0, 35.0), "start", name);
            legend += 34.0 + 7.0 * name.len() as f64;
            for pair in points.windows(2) {
                let ends = [pair[0], pair[1]].map(|point| (x(point.0), y(point.1)));
                line(&mut svg, ends[0], ends[1], colour);
            }
            for point in points {
                let (x, y) = (x(point.0), y(point.1));
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
                );
            }
        }
        svg + "</svg>\n"
    }
}

/// Exponents of the powers of ten around all values.
fn decades(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| {
        let power = value.log10();
        (low.min(power.floor()), high.max(power.ceil()))
    });
    (low, high.max(low + 1.0))
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_powers_of_ten() {
        assert_eq!(decades([3.0, 10_000.0].into_iter()), (0.0, 4.0));
        assert_eq!(decades([10.0].into_iter()), (1.0, 2.0));
    }

    #[test]
    fn a_point_is_where_its_logarithm_is() {
        let curves = LogCurves {
            title: "t".into(),
            axes: ["n".into(), "ms".into()],
            curves: vec![("one", vec![(1.0, 1.0), (10.0, 100.0), (100.0, 10.0)])],
        };
        let svg = curves.to_svg();
        // The middle of the horizontal axis, the top of the vertical one.
        assert!(svg.contains("<circle cx=\"260.0\" cy=\"60.0\""), "{svg}");
    }
}
