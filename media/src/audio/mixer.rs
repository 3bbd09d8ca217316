//! The N-1 mix: everyone hears the sum of all the others.
//!
//! All sound is summed once, in 32 bits, and each contributor's own sound is subtracted from that
//! sum: exactly, so nobody ever hears itself. Those who contribute nothing hear the same, and it
//! need be encoded only once per codec.
//!
//! 8 kHz and 16 kHz sound are summed apart; one resampler each way, for the whole conference,
//! crosses the rates. Whoever is heard at one rate and hears at the other has a resampler of its
//! own, whose unrounded output is subtracted: filters are linear, so this too is exact.
//!
//! A sum that does not fit 16 bits is turned down. All contributors share one volume, made for
//! the loudest of their mixes; with a volume each, large conferences would cost twice as much.

use super::Rate;
use super::limiter::{Limiter, magnitude, scale};
use super::resample::{Downsampler, Upsampler, pairs, round};
use crate::codec::ffi::widest;

/// Contributors to one sum at most; 2^15 times as many samples of 16 bits fit 32.
pub const CONTRIBUTORS_MAX: usize = 1 << 15;

/// A 20 ms frame of one participant.
#[derive(Debug, Clone, Copy)]
pub enum Sound<'a> {
    /// Nothing arrived, or nothing worth mixing.
    Silent,
    /// 160 samples at 8 kHz.
    Narrow(&'a [i16]),
    /// 320 samples at 16 kHz.
    Wide(&'a [i16]),
}

/// What a participant hears in this frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The same as everyone who contributed nothing: [`Mixer::common`] at its rate.
    Common,
    /// A mix of its own, which is in the buffer it gave.
    Own,
}

/// What the mixer remembers of one listener from frame to frame.
#[derive(Debug, Clone)]
pub struct Ear {
    rate: Rate,
    limiter: Limiter,
    crossing: Option<Box<Crossing>>,
}

impl Ear {
    /// A listener who gets sound at `rate`.
    pub fn new(rate: Rate) -> Self {
        Ear {
            rate,
            limiter: Limiter::default(),
            crossing: None,
        }
    }

    /// The rate it hears at.
    pub fn rate(&self) -> Rate {
        self.rate
    }
}

/// A listener's own sound at the rate it hears.
#[derive(Debug, Clone, Default)]
struct Crossing {
    up: Upsampler,
    down: Downsampler,
    own: Vec<i64>,
}

impl Crossing {
    fn is_quiet(&self) -> bool {
        self.up.is_quiet() && self.down.is_quiet()
    }
}

/// The sums of one conference.
#[derive(Debug, Clone, Default)]
pub struct Mixer {
    narrow: Sum,
    wide: Sum,
    up: Upsampler,
    down: Downsampler,
}

/// What is heard at one rate.
#[derive(Debug, Clone, Default)]
struct Sum {
    /// Of the sound that came at this rate.
    direct: Vec<i32>,
    /// Of the sound that came at the other rate, unrounded; empty if it is all silent.
    crossed: Vec<i64>,
    /// Both.
    total: Vec<i32>,
    /// The same for those who contributed nothing.
    common: Vec<i16>,
    limiter: Limiter,
    /// What `common` was turned down by; empty if by nothing.
    gains: Vec<f32>,
    own: Own,
}

/// What is to be known of all mixes without the listener's own sound, at the rate it came at.
#[derive(Debug, Clone, Default)]
struct Own {
    /// The least and the largest of all contributors' samples; empty without contributors.
    low: Vec<i16>,
    high: Vec<i16>,
    /// Of the loudest mix.
    limiter: Limiter,
    /// Its volume before this frame.
    before: Limiter,
    /// What it is turned down by; empty if by nothing.
    gains: Vec<f32>,
}

impl Mixer {
    /// Sums the sound of all participants for one frame. With `wide`, someone hears 16 kHz.
    /// Frames of a wrong length are ignored, and so are those beyond [`CONTRIBUTORS_MAX`].
    pub fn sum<'a>(&mut self, sounds: impl IntoIterator<Item = Sound<'a>>, wide: bool) {
        self.narrow.clear(Rate::Narrow);
        self.wide.clear(Rate::Wide);
        let (mut any_narrow, mut any_wide) = (false, false);
        for sound in sounds.into_iter().take(CONTRIBUTORS_MAX) {
            match sound.checked() {
                Sound::Silent => {}
                Sound::Narrow(samples) => {
                    any_narrow = true;
                    self.narrow.add(samples);
                }
                Sound::Wide(samples) => {
                    any_wide = true;
                    self.wide.add(samples);
                }
            }
        }
        if any_wide || !self.down.is_quiet() {
            let pairs = pairs(&self.wide.direct);
            self.down.push(pairs, &mut self.narrow.crossed);
        }
        if wide && (any_narrow || !self.up.is_quiet()) {
            let samples = self.narrow.direct.iter().copied();
            self.up.push(samples, &mut self.wide.crossed);
        }
        self.narrow.finish();
        if wide {
            self.wide.finish();
        }
    }

    /// What everyone hears who contributed nothing: one frame at `rate`.
    pub fn common(&self, rate: Rate) -> &[i16] {
        &self.at(rate).common
    }

    /// What the listener with `ear` hears who contributed `own` to the last [`sum`](Self::sum).
    /// `out` is cleared, and filled only if the listener does not share the common mix.
    pub fn mix(&self, ear: &mut Ear, own: Sound<'_>, out: &mut Vec<i16>) -> Heard {
        out.clear();
        let sum = self.at(ear.rate);
        let own = own.checked();
        let direct = match (ear.rate, own) {
            (Rate::Narrow, Sound::Narrow(samples)) | (Rate::Wide, Sound::Wide(samples)) => samples,
            _ => &[],
        };
        let crossed = ear.cross(own);
        match (direct, crossed) {
            ([], []) => {
                ear.limiter = sum.limiter;
                return Heard::Common;
            }
            (direct, []) => sum.without(direct, &mut ear.limiter, out),
            (direct, crossed) => {
                let mut mix = [0; Rate::Wide.frame_samples()];
                let mix = &mut mix[..sum.total.len()];
                for (at, sample) in mix.iter_mut().enumerate() {
                    let all = sum.crossed.get(at).copied().unwrap_or(0);
                    let own = crossed.get(at).copied().unwrap_or(0);
                    let direct = direct.get(at).copied().unwrap_or(0);
                    *sample = sum.direct[at] - i32::from(direct) + round(all - own);
                }
                let mut gains = Vec::new();
                ear.limiter
                    .follow(mix.iter().copied().map(magnitude), &mut gains);
                turn_down(mix.iter().copied(), &gains, out);
            }
        }
        Heard::Own
    }

    fn at(&self, rate: Rate) -> &Sum {
        match rate {
            Rate::Narrow => &self.narrow,
            Rate::Wide => &self.wide,
        }
    }
}

impl Sound<'_> {
    /// Itself, or silence if it is not one frame.
    fn checked(self) -> Self {
        match self {
            Sound::Narrow(samples) if samples.len() == Rate::Narrow.frame_samples() => self,
            Sound::Wide(samples) if samples.len() == Rate::Wide.frame_samples() => self,
            _ => Sound::Silent,
        }
    }
}

impl Ear {
    /// The listener's own sound as the conference's resampler passes it to the rate it hears;
    /// empty if that is silence.
    fn cross(&mut self, own: Sound<'_>) -> &[i64] {
        let crosses = matches!(
            (self.rate, own),
            (Rate::Narrow, Sound::Wide(_)) | (Rate::Wide, Sound::Narrow(_))
        );
        if crosses {
            self.crossing.get_or_insert_default();
        } else if self.crossing.as_ref().is_some_and(|own| own.is_quiet()) {
            self.crossing = None;
        }
        let Some(crossing) = &mut self.crossing else {
            return &[];
        };
        crossing.own.clear();
        match (self.rate, own) {
            (Rate::Narrow, Sound::Wide(samples)) => {
                crossing.down.push(pairs(samples), &mut crossing.own);
            }
            (Rate::Wide, Sound::Narrow(samples)) => {
                let samples = samples.iter().map(|&x| x.into());
                crossing.up.push(samples, &mut crossing.own);
            }
            (Rate::Narrow, _) => {
                let silence = std::iter::repeat_n([0; 2], Rate::Narrow.frame_samples());
                crossing.down.push(silence, &mut crossing.own);
            }
            (Rate::Wide, _) => {
                let silence = std::iter::repeat_n(0, Rate::Narrow.frame_samples());
                crossing.up.push(silence, &mut crossing.own);
            }
        }
        &crossing.own
    }
}

impl Sum {
    fn clear(&mut self, rate: Rate) {
        self.direct.clear();
        self.direct.resize(rate.frame_samples(), 0);
        self.crossed.clear();
        self.common.clear();
        self.own.low.clear();
        self.own.high.clear();
    }

    fn add(&mut self, samples: &[i16]) {
        widest!(self.add_frame(samples));
    }

    #[inline(always)]
    fn add_frame(&mut self, samples: &[i16]) {
        for (sum, &sample) in self.direct.iter_mut().zip(samples) {
            *sum += i32::from(sample);
        }
        let Own { low, high, .. } = &mut self.own;
        if low.is_empty() {
            low.extend_from_slice(samples);
            high.extend_from_slice(samples);
            return;
        }
        for ((low, high), &sample) in low.iter_mut().zip(high).zip(samples) {
            *low = sample.min(*low);
            *high = sample.max(*high);
        }
    }

    fn finish(&mut self) {
        self.total.clone_from(&self.direct);
        for (total, &crossed) in self.total.iter_mut().zip(&self.crossed) {
            *total += round(crossed);
        }
        let total = self.total.iter().copied();
        self.limiter
            .follow(total.clone().map(magnitude), &mut self.gains);
        turn_down(total.clone(), &self.gains, &mut self.common);
        let own = &mut self.own;
        own.before = own.limiter;
        let peaks = (total.zip(&own.low).zip(&own.high)).map(|((total, &low), &high)| {
            let (most, least) = (total - i32::from(low), total - i32::from(high));
            magnitude(most).max(magnitude(least))
        });
        own.limiter.follow(peaks, &mut own.gains);
    }

    /// Appends the mix without `own`, which is a part of it, for a listener with this `limiter`.
    fn without(&self, own: &[i16], limiter: &mut Limiter, out: &mut Vec<i16>) {
        let mix = (self.total.iter().zip(own)).map(|(&total, &own)| total - i32::from(own));
        if *limiter == self.own.before {
            *limiter = self.own.limiter;
            return turn_down(mix, &self.own.gains, out);
        }
        let mut gains = Vec::new();
        limiter.join(&self.own.limiter, self.total.len(), &mut gains);
        turn_down(mix, &gains, out);
    }
}

/// Appends `mix`, which fits 16 bits if there are no `gains`.
fn turn_down(mix: impl Iterator<Item = i32>, gains: &[f32], out: &mut Vec<i16>) {
    if gains.is_empty() {
        widest!(out.extend(mix.map(|sample| sample as i16)));
    } else {
        widest!(out.extend(mix.zip(gains).map(|(sample, &gain)| scale(sample, gain))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: usize = 12;

    fn noise(seed: u64, length: usize, amplitude: i32) -> Vec<i16> {
        let mut rng = base::Rng::new(seed);
        let sample = |_| ((rng.next_u32() as i16 as i32 * amplitude) >> 15) as i16;
        (0..length).map(sample).collect()
    }

    fn sound(rate: Rate, samples: &[i16]) -> Sound<'_> {
        match rate {
            Rate::Narrow => Sound::Narrow(samples),
            Rate::Wide => Sound::Wide(samples),
        }
    }

    /// What a listener hears over some frames, while it sends `own` and others send `others`.
    fn heard(
        hears: Rate,
        own: Option<(Rate, u64)>,
        others: &[(Rate, u64)],
        amplitude: i32,
    ) -> Vec<i16> {
        let (mut mixer, mut ear) = (Mixer::default(), Ear::new(hears));
        let (mut all, mut out) = (Vec::new(), Vec::new());
        for frame in 0..FRAMES as u64 {
            let make = |&(rate, seed): &(Rate, u64)| {
                (
                    rate,
                    noise(seed * 100 + frame, rate.frame_samples(), amplitude),
                )
            };
            let others: Vec<_> = others.iter().map(make).collect();
            // The listener falls silent half way, so its resampler has to run dry.
            let own = own
                .iter()
                .filter(|_| frame < FRAMES as u64 / 2)
                .map(make)
                .next();
            let own = own
                .as_ref()
                .map_or(Sound::Silent, |(rate, own)| sound(*rate, own));
            let sounds = others.iter().map(|(rate, samples)| sound(*rate, samples));
            mixer.sum(sounds.chain([own]), true);
            match mixer.mix(&mut ear, own, &mut out) {
                Heard::Common => all.extend_from_slice(mixer.common(hears)),
                Heard::Own => all.extend_from_slice(&out),
            }
        }
        assert_eq!(all.len(), FRAMES * hears.frame_samples());
        all
    }

    #[test]
    fn nobody_hears_itself_at_any_pair_of_rates_not_even_one_bit() {
        use Rate::{Narrow, Wide};
        let others = [(Narrow, 2), (Wide, 3), (Narrow, 4)];
        for hears in [Narrow, Wide] {
            let without = heard(hears, None, &others, 4000);
            assert!(without.iter().any(|&x| x > 2000));
            for sends in [Narrow, Wide] {
                let with = heard(hears, Some((sends, 1)), &others, 4000);
                assert!(with == without, "sends {sends:?}, hears {hears:?}");
            }
        }
    }

    #[test]
    fn who_is_alone_hears_silence() {
        for (sends, hears) in [
            (Rate::Narrow, Rate::Narrow),
            (Rate::Wide, Rate::Narrow),
            (Rate::Narrow, Rate::Wide),
        ] {
            let heard = heard(hears, Some((sends, 1)), &[], 32_767);
            assert!(
                heard.iter().all(|&x| x == 0),
                "sends {sends:?}, hears {hears:?}"
            );
        }
    }

    #[test]
    fn an_empty_conference_is_silent() {
        let mut mixer = Mixer::default();
        mixer.sum([], true);
        assert_eq!(mixer.common(Rate::Narrow), [0; 160]);
        assert_eq!(mixer.common(Rate::Wide), [0; 320]);
    }

    #[test]
    fn two_hear_each_other_unchanged() {
        let (a, b) = (noise(1, 160, 30_000), noise(2, 160, 30_000));
        let mut mixer = Mixer::default();
        mixer.sum([Sound::Narrow(&a), Sound::Narrow(&b)], false);
        let mut out = Vec::new();
        let mut ear = Ear::new(Rate::Narrow);
        assert_eq!(mixer.mix(&mut ear, Sound::Narrow(&a), &mut out), Heard::Own);
        assert_eq!(out, b);
        assert_eq!(mixer.mix(&mut ear, Sound::Narrow(&b), &mut out), Heard::Own);
        assert_eq!(out, a);
        assert_eq!(mixer.mix(&mut ear, Sound::Silent, &mut out), Heard::Common);
    }

    #[test]
    fn sums_beyond_16_bits_do_not_wrap() {
        let loud = vec![30_000; 160];
        let mut mixer = Mixer::default();
        mixer.sum((0..500).map(|_| Sound::Narrow(&loud)), false);
        assert!(mixer.common(Rate::Narrow).iter().all(|&x| x > 32_000));
    }

    #[test]
    fn a_shouting_crowd_is_turned_down_alike_for_everyone_and_not_clipped() {
        const CROWD: u64 = 20;
        let mut mixer = Mixer::default();
        let mut ears = vec![Ear::new(Rate::Narrow); CROWD as usize];
        let mut out = Vec::new();
        for frame in 0..FRAMES as u64 {
            let voice = |speaker| noise(frame * CROWD + speaker, 160, 30_000);
            let voices: Vec<_> = (0..CROWD).map(voice).collect();
            mixer.sum(voices.iter().map(|voice| Sound::Narrow(voice)), false);
            for (listener, (own, ear)) in voices.iter().zip(&mut ears).enumerate() {
                mixer.mix(ear, Sound::Narrow(own), &mut out);
                // The volume settles within a frame, and creeps up later by 1 % a frame at most.
                if frame > 0 && listener > 0 {
                    assert_is_scaled(&out, |at| {
                        let all = voices.iter().map(|voice| i32::from(voice[at]));
                        all.sum::<i32>() - i32::from(own[at])
                    });
                }
            }
            assert!(ears.iter().all(|ear| ear.limiter == ears[0].limiter));
            // Somebody new comes, who joins the others' volume.
            ears[0] = Ear::new(Rate::Narrow);
        }
    }

    fn assert_is_scaled(out: &[i16], sum: impl Fn(usize) -> i32) {
        let loud = |at: &usize| sum(*at).abs() > 20_000;
        let gains: Vec<f64> = (0..out.len())
            .filter(loud)
            .map(|at| f64::from(out[at]) / f64::from(sum(at)))
            .collect();
        let (least, most) = (gains.iter()).fold((f64::MAX, 0.0f64), |(a, b), &gain| {
            (a.min(gain), b.max(gain))
        });
        assert!(
            gains.len() > 20 && most < 0.9 && least > 0.1,
            "{least} to {most}"
        );
        // A new peak turns everything down in the middle of a frame.
        let steps = gains
            .windows(2)
            .filter(|pair| (pair[1] / pair[0] - 1.0).abs() > 0.1)
            .count();
        assert!(steps <= 2, "{steps} jumps of the volume");
    }

    #[test]
    fn frames_of_a_wrong_length_are_ignored() {
        let mut mixer = Mixer::default();
        mixer.sum(
            [
                Sound::Narrow(&[9; 161]),
                Sound::Wide(&[9; 160]),
                Sound::Narrow(&[]),
            ],
            true,
        );
        assert_eq!(mixer.common(Rate::Wide), [0; 320]);
    }
}
