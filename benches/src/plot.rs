//! Stacked bars as SVG, and pictures beside each other.

use std::fmt::Write;

/// A bar of parts on top of one another.
#[derive(Debug, Clone)]
pub struct Bar {
    /// Under the bar.
    pub label: String,
    /// From the bottom up: which of the plot's series, and how high.
    pub parts: Vec<(usize, f64)>,
}

/// Bars in groups, on one scale that starts at zero.
#[derive(Debug, Clone)]
pub struct StackedBars {
    /// Above everything.
    pub title: String,
    /// Of the vertical axis.
    pub unit: String,
    /// Names, in the order of the colours.
    pub series: Vec<&'static str>,
    /// Each with the name under its bars.
    pub groups: Vec<(String, Vec<Bar>)>,
}

/// Told apart by people who do not see all colours (Okabe and Ito).
pub(crate) const COLOURS: [&str; 6] = [
    "#0072b2", "#56b4e9", "#009e73", "#999999", "#e69f00", "#d55e00",
];
const LEFT: f64 = 60.0;
const TOP: f64 = 60.0;
const HEIGHT: f64 = 300.0;
const BAR_WIDTH: f64 = 34.0;
const BAR_STEP: f64 = 46.0;
const GROUP_GAP: f64 = 26.0;
const BELOW: f64 = 80.0;
const WIDTH_MIN: f64 = 480.0;
/// Lines of the grid at most.
const LINES_MAX: f64 = 8.0;

impl StackedBars {
    /// The picture.
    pub fn to_svg(&self) -> String {
        let bars = || self.groups.iter().flat_map(|(_, bars)| bars);
        let heights = bars().map(|bar| bar.parts.iter().map(|part| part.1).sum());
        let step = round_step(heights.fold(0.0, f64::max) / LINES_MAX);
        let top = step * LINES_MAX;
        let inner = bars().count() as f64 * BAR_STEP + self.groups.len() as f64 * GROUP_GAP;
        let (width, height) = ((LEFT + inner + 20.0).max(WIDTH_MIN), TOP + HEIGHT + BELOW);
        let level = |value: f64| TOP + HEIGHT * (1.0 - value / top);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             font-family=\"sans-serif\" font-size=\"11\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        text(&mut svg, (LEFT, 18.0), "start", &self.title);
        self.legend(&mut svg);
        for line in 0..=LINES_MAX as usize {
            let value = line as f64 * step;
            let (y, right) = (level(value), LEFT + inner);
            let _ = writeln!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>"
            );
            text(&mut svg, (LEFT - 6.0, y + 4.0), "end", &trimmed(value));
        }
        text(&mut svg, (8.0, TOP - 10.0), "start", &self.unit);
        let mut x = LEFT + GROUP_GAP / 2.0;
        for (name, bars) in &self.groups {
            let middle = x + bars.len() as f64 * BAR_STEP / 2.0;
            text(&mut svg, (middle, TOP + HEIGHT + 50.0), "middle", name);
            for bar in bars {
                self.bar(&mut svg, x + (BAR_STEP - BAR_WIDTH) / 2.0, bar, level);
                x += BAR_STEP;
            }
            x += GROUP_GAP;
        }
        svg + "</svg>\n"
    }

    fn legend(&self, svg: &mut String) {
        let mut x = LEFT;
        for (name, colour) in self.series.iter().zip(COLOURS) {
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"26\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"
            );
            text(svg, (x + 14.0, 35.0), "start", name);
            x += 34.0 + 7.0 * name.len() as f64;
        }
    }

    fn bar(&self, svg: &mut String, x: f64, bar: &Bar, level: impl Fn(f64) -> f64) {
        let mut below = 0.0;
        for &(series, value) in &bar.parts {
            let (y, height) = (level(below + value), level(below) - level(below + value));
            let colour = COLOURS[series % COLOURS.len()];
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{BAR_WIDTH}\" height=\"{height:.1}\" \
                 fill=\"{colour}\"/>"
            );
            below += value;
        }
        let middle = x + BAR_WIDTH / 2.0;
        text(
            svg,
            (middle, level(below) - 4.0),
            "middle",
            &format!("{below:.2}"),
        );
        for (line, word) in bar.label.split(' ').enumerate() {
            let y = TOP + HEIGHT + 14.0 + 12.0 * line as f64;
            text(svg, (middle, y), "middle", word);
        }
    }
}

pub(crate) fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}

/// One picture of several of ours.
pub fn beside(pictures: &[String]) -> String {
    let (mut width, mut height, mut all) = (0.0, 0f64, String::new());
    for picture in pictures {
        let _ = writeln!(
            all,
            "{}",
            picture.replacen("<svg ", &format!("<svg x=\"{width}\" "), 1)
        );
        width += attribute(picture, "width");
        height = height.max(attribute(picture, "height"));
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\n{all}</svg>\n"
    )
}

/// A number in the first element.
fn attribute(picture: &str, name: &str) -> f64 {
    let value = picture.split(&format!("{name}=\"")).nth(1);
    let value = value.and_then(|rest| rest.split('"').next());
    value
        .and_then(|number| number.parse().ok())
        .expect("a picture of ours says how large it is")
}

/// The least of 1, 2 or 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    if least <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= least);
    factor.unwrap_or(10.0) * power
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        assert_eq!(
            [0.9, 1.0, 1.1, 3.0, 7.0].map(round_step),
            [1.0, 1.0, 2.0, 5.0, 10.0]
        );
        assert_eq!(trimmed(0.25), "0.25");
        assert_eq!(trimmed(20.0), "20");
    }

    #[test]
    fn every_part_is_drawn_in_proportion() {
        let bar = Bar {
            label: "ours".into(),
            parts: vec![(0, 1.0), (1, 3.0)],
        };
        let plot = StackedBars {
            title: "a < b".into(),
            unit: "ms".into(),
            series: vec!["one", "two"],
            groups: vec![("group".into(), vec![bar])],
        };
        let svg = plot.to_svg();
        // Four units of the axis' four: 8 lines of 0.5.
        assert!(svg.contains("height=\"75.0\"") && svg.contains("height=\"225.0\""));
        assert!(svg.contains("a &lt; b") && svg.ends_with("</svg>\n"));
        let two = beside(&[svg.clone(), svg]);
        assert!(two.contains("width=\"960\"") && two.contains("<svg x=\"480\""));
    }
}
