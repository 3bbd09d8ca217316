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

/// A mean and how far it may be off, with 95 %: for few measurements of something normal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Half of the confidence interval; infinite for a single measurement.
    pub off: f64,
}

impl Mean {
    /// Of at least one measurement.
    pub fn of(measurements: &[f64]) -> Mean {
        let n = measurements.len();
        assert!(n > 0, "nothing was measured");
        let value = measurements.iter().sum::<f64>() / n as f64;
        let squares: f64 = measurements.iter().map(|x| (x - value).powi(2)).sum();
        let deviation = (squares / (n as f64 - 1.0)).sqrt();
        let off = match n {
            1 => f64::INFINITY,
            _ => student(n - 1) * deviation / (n as f64).sqrt(),
        };
        Mean { value, off }
    }
}

/// Quantile 0.975 of Student's distribution.
fn student(freedom: usize) -> f64 {
    const TABLE: [f64; 10] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    ];
    // Beyond the table, Cornish and Fisher's expansion is right to three digits.
    let f = freedom as f64;
    let beyond = 1.96 + 2.372 / f + 2.823 / f.powi(2) + 2.556 / f.powi(3);
    TABLE.get(freedom - 1).copied().unwrap_or(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means() {
        let mean = Mean::of(&[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(mean.value, 2.5);
        // 3.182 * 1.291 / 2.
        assert!((mean.off - 2.054).abs() < 0.001);
        assert!((student(20) - 2.086).abs() < 0.001 && (student(11) - 2.201).abs() < 0.001);
        assert_eq!(Mean::of(&[7.0]).off, f64::INFINITY);
    }

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
