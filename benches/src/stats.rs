//! Percentiles of repeated measurements.

/// What a series of measurements says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Measurements.
    pub n: usize,
    /// The median.
    pub p50: f64,
    /// Nearest rank.
    pub p95: f64,
    /// Nearest rank.
    pub p99: f64,
    /// The largest.
    pub max: f64,
    /// Confidence interval of the median, about 95 % (wider is impossible below six measurements:
    /// there it is all of them).
    pub interval: (f64, f64),
}

impl Summary {
    /// Of at least one measurement; none may be NaN.
    pub fn of(measurements: &[f64]) -> Summary {
        assert!(!measurements.is_empty(), "nothing was measured");
        let mut sorted = measurements.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let rank = |part: f64| sorted[((part * n as f64).ceil() as usize).clamp(1, n) - 1];
        // The number of measurements below the median is binomial, so ranks 0.98 √n away from the
        // middle hold it with 95 %.
        let away = 0.98 * (n as f64).sqrt();
        let low = (n as f64 / 2.0 - away).floor().max(0.0) as usize;
        Summary {
            n,
            p50: (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0,
            p95: rank(0.95),
            p99: rank(0.99),
            max: sorted[n - 1],
            interval: (sorted[low], sorted[n - 1 - low]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        let summary = Summary::of(&hundred);
        assert_eq!((summary.n, summary.p50), (100, 50.5));
        assert_eq!((summary.p95, summary.p99, summary.max), (95.0, 99.0, 100.0));
        assert_eq!(summary.interval, (41.0, 60.0));
        let few = Summary::of(&[3.0, 1.0, 2.0]);
        assert_eq!((few.p50, few.interval), (2.0, (1.0, 3.0)));
        assert_eq!(Summary::of(&[7.0]).p99, 7.0);
    }
}
