//! Rate control: which quantiser makes a picture fit.
//!
//! Bits times quantiser stays about the same for a group of blocks from one picture to the next;
//! that product is its `cost`. A picture's quantiser is the sum of the costs over its budget,
//! corrected group by group by what was really spent. The budget is what the channel carried
//! since the last picture, corrected by how full the sender's buffer is.

use base::Bitrate;
use base::format::VIDEO_CLOCK_HZ;

/// Smallest and largest quantiser used. What 1 would mend is not seen.
const QUANT_MIN: f64 = 2.0;
const QUANT_MAX: f64 = 31.0;
/// An INTRA picture may take what the channel carries in this time, in seconds.
const INTRA_SECONDS: f64 = 0.2;
/// A full buffer is worked off in about this time, in seconds.
const RECOVERY_SECONDS: f64 = 0.5;
/// How far one picture's budget may leave its share.
const BUDGET_RANGE: (f64, f64) = (0.4, 1.5);
/// How much of the largest picture allowed is planned for: the rest is for surprises.
const PICTURE_SHARE: f64 = 0.75;
/// Longest time between two pictures that counts, in seconds.
const GAP_SECONDS_MAX: f64 = 0.5;
/// A group that takes so many times the bits foreseen gets a coarser quantiser, by this factor,
/// before it ends.
const OVERSHOOT: f64 = 2.0;
const OVERSHOOT_STEP: f64 = 1.25;
/// A group that was cut short is taken to cost so many times what was found or foreseen.
const CUT_SHORT: f64 = 2.0;
/// First guess of the cost of a group in an INTRA and in an INTER picture.
const INTRA_COST: f64 = 60_000.0;
const INTER_COST: f64 = 12_000.0;
/// Groups of blocks at most.
const GROUPS_MAX: usize = 12;

/// Plans and watches the bits of the pictures of one encoder.
pub struct Rate {
    bits_per_second: f64,
    /// Usual time between pictures, in seconds.
    interval: f64,
    groups: usize,
    /// Largest budget of a picture.
    picture_bits: f64,
    previous: Option<u32>,
    /// Bits made but not yet carried by the channel.
    waiting: f64,
    intra_costs: [f64; GROUPS_MAX],
    inter_costs: [f64; GROUPS_MAX],
    plan: Plan,
}

/// The picture at hand.
#[derive(Default)]
struct Plan {
    intra: bool,
    budget: f64,
    /// Costs foreseen and found for the groups done so far.
    foreseen: f64,
    found: f64,
    quant: f64,
    /// What is foreseen for the group at hand, in bits.
    group: f64,
}

impl Rate {
    /// For pictures of `groups` groups of blocks and `picture_bits_max` bits at most.
    pub fn new(rate: Bitrate, frame_rate: u8, groups: usize, picture_bits_max: usize) -> Self {
        Rate {
            bits_per_second: f64::from(rate.0.max(1)),
            interval: 1.0 / f64::from(frame_rate.max(1)),
            groups,
            picture_bits: picture_bits_max as f64 * PICTURE_SHARE,
            previous: None,
            waiting: 0.0,
            intra_costs: [INTRA_COST; GROUPS_MAX],
            inter_costs: [INTER_COST; GROUPS_MAX],
            plan: Plan::default(),
        }
    }

    /// Changes the target.
    pub fn set(&mut self, rate: Bitrate) {
        self.bits_per_second = f64::from(rate.0.max(1));
    }

    /// Starts a picture at `timestamp` (90 kHz) and gives the seconds since the last one.
    pub fn begin(&mut self, timestamp: u32, intra: bool) -> f64 {
        let seconds = match self.previous {
            Some(previous) => {
                f64::from(timestamp.wrapping_sub(previous)) / f64::from(VIDEO_CLOCK_HZ)
            }
            None => self.interval,
        };
        self.previous = Some(timestamp);
        let seconds = seconds.min(GAP_SECONDS_MAX);
        let share = seconds * self.bits_per_second;
        self.waiting = (self.waiting - share).max(0.0);
        let budget = if intra {
            INTRA_SECONDS * self.bits_per_second
        } else {
            let usual = self.interval * self.bits_per_second;
            // A buffer that holds a little keeps the channel busy.
            let excess = self.waiting - usual;
            let (least, most) = BUDGET_RANGE;
            let correction = 1.0 - excess / (RECOVERY_SECONDS * self.bits_per_second);
            share.max(usual / 2.0) * correction.clamp(least, most)
        };
        self.plan = Plan {
            intra,
            budget: budget.clamp(1.0, self.picture_bits),
            ..Plan::default()
        };
        seconds
    }

    /// The quantiser for the rest of the picture from group `index`, `spent` bits into it.
    pub fn quant(&mut self, index: usize, spent: usize) -> u8 {
        let costs = match self.plan.intra {
            true => &self.intra_costs,
            false => &self.inter_costs,
        };
        let rest: f64 = costs[index..self.groups].iter().sum();
        let surprise = match self.plan.foreseen > 0.0 {
            true => ((self.plan.found + rest) / (self.plan.foreseen + rest)).clamp(0.5, 3.0),
            false => 1.0,
        };
        let left = (self.plan.budget - spent as f64).max(self.plan.budget / 16.0);
        let wanted = rest * surprise / left;
        // Even quality is worth more than hitting each picture's budget.
        let quant = match self.plan.quant {
            0.0 => wanted,
            before => wanted.clamp(before * 0.85, before * 1.3),
        };
        self.plan.quant = quant.clamp(QUANT_MIN, QUANT_MAX);
        self.plan.group = costs[index] * surprise / self.plan.quant;
        self.plan.quant.round() as u8
    }

    /// The quantiser to go on with when `share` (0 to 1) of a group took `bits` with `quant`.
    pub fn quant_within(&mut self, share: f64, bits: usize, quant: u8) -> u8 {
        if (bits as f64) < self.plan.group * share * OVERSHOOT {
            return quant;
        }
        // The next group starts from here, not from what proved too little.
        self.plan.quant = (f64::from(quant) * OVERSHOOT_STEP).min(QUANT_MAX);
        self.plan.quant.round() as u8
    }

    /// Learns that group `index` took `found` bits times quantiser, or would have taken more if the
    /// largest picture allowed had not cut it short.
    pub fn learn(&mut self, index: usize, found: f64, is_cut_short: bool) {
        let costs = match self.plan.intra {
            true => &mut self.intra_costs,
            false => &mut self.inter_costs,
        };
        let found = match is_cut_short {
            true => found.max(costs[index]) * CUT_SHORT,
            false => found,
        };
        self.plan.foreseen += costs[index];
        self.plan.found += found;
        costs[index] = (costs[index] + found) / 2.0;
    }

    /// Ends a picture of `bits`.
    pub fn finish(&mut self, bits: usize) {
        self.waiting += bits as f64;
    }
}
