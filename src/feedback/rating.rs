//! Numbers that customers give, on known scales.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number that the customer gave, on a known scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawRating", into = "RawRating")]
pub struct Rating {
    scale: Scale,
    halves: u8,
}

impl Rating {
    /// A rating of `value` on `scale`.
    ///
    /// # Errors
    /// When the value is not a number, lies outside the scale, or between two of its values.
    ///
    /// ```
    /// use talkback::{Rating, Scale};
    /// assert_eq!(Rating::new(Scale::Stars, 3.5)?.value(), 3.5);
    /// assert!(Rating::new(Scale::Nps, 11).is_err());
    /// assert!(Rating::new(Scale::Csat, f64::NAN).is_err());
    /// # Ok::<(), talkback::RatingError>(())
    /// ```
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie within 0..=10"
    )]
    pub fn new(scale: Scale, value: impl Into<f64>) -> Result<Self, RatingError> {
        let value = value.into();
        let (low, high) = scale.ends();
        if !(low..=high).contains(&value) {
            return Err(RatingError::OutOfScale { scale });
        }
        if value % scale.step() != 0.0 {
            return Err(RatingError::InBetween { scale });
        }
        Ok(Self { scale, halves: (value * 2.0) as u8 })
    }

    /// The scale it is on.
    #[must_use]
    pub const fn scale(self) -> Scale {
        self.scale
    }

    /// The value on its scale.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.halves) / 2.0
    }

    /// True where the scale's usual reading calls the customer unhappy: NPS 0-6 (detractors), the two
    /// lower boxes of CSAT and stars, effort 1-3, a thumb down.
    #[must_use]
    pub fn is_unhappy(self) -> bool {
        let limit = match self.scale {
            Scale::Nps => 6.0,
            Scale::Csat | Scale::Stars => 2.0,
            Scale::Ces => 3.0,
            Scale::Thumb => 0.0,
        };
        self.value() <= limit
    }
}

impl fmt::Display for Rating {
    /// Its value: `3.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

/// The ratings from one value of a scale to another, both included. As JSON
/// `{"scale": "nps", "at_most": 6}`, `{"scale": "stars", "at_least": 1.5, "at_most": 3}`; an end that is left
/// out is that of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawRange", into = "RawRange")]
pub struct RatingRange {
    low: Rating,
    high: Rating,
}

impl RatingRange {
    /// The ratings from `low` to `high`, both included.
    ///
    /// # Errors
    /// [`RatingError::NoRange`] for two scales, or when `low` is above `high`.
    pub fn between(low: Rating, high: Rating) -> Result<Self, RatingError> {
        if low.scale != high.scale || low.halves > high.halves {
            return Err(RatingError::NoRange);
        }
        Ok(Self { low, high })
    }

    /// The ratings up to this one, included.
    #[must_use]
    pub fn at_most(high: Rating) -> Self {
        let (low, _) = high.scale.bounds();
        Self { low, high }
    }

    /// The ratings from this one on, included.
    #[must_use]
    pub fn at_least(low: Rating) -> Self {
        let (_, high) = low.scale.bounds();
        Self { low, high }
    }

    /// True for a rating on this scale that lies within.
    #[must_use]
    pub fn holds(self, rating: Option<Rating>) -> bool {
        rating.is_some_and(|rating| {
            rating.scale == self.low.scale && (self.low.halves..=self.high.halves).contains(&rating.halves)
        })
    }
}

impl fmt::Display for RatingRange {
    /// `0 to 6 on the scale nps`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} on the scale {}", self.low, self.high, self.low.scale.as_str())
    }
}

/// The scale of a [`Rating`]: its name and its ends, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scale {
    /// Likelihood to recommend, 0 to 10.
    Nps,
    /// Satisfaction, 1 to 5.
    Csat,
    /// Effort, 1 to 7.
    Ces,
    /// Stars, 1 to 5, halves allowed.
    Stars,
    /// Thumb down (0) or up (1).
    Thumb,
}

impl Scale {
    /// Lowest and highest value, both included.
    #[must_use]
    pub const fn ends(self) -> (f64, f64) {
        match self {
            Self::Nps => (0.0, 10.0),
            Self::Csat | Self::Stars => (1.0, 5.0),
            Self::Ces => (1.0, 7.0),
            Self::Thumb => (0.0, 1.0),
        }
    }

    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nps => "nps",
            Self::Csat => "csat",
            Self::Ces => "ces",
            Self::Stars => "stars",
            Self::Thumb => "thumb",
        }
    }

    /// Its lowest and its highest rating.
    const fn bounds(self) -> (Rating, Rating) {
        let (low, high) = match self {
            Self::Nps => (0, 20),
            Self::Csat | Self::Stars => (2, 10),
            Self::Ces => (2, 14),
            Self::Thumb => (0, 2),
        };
        (Rating { scale: self, halves: low }, Rating { scale: self, halves: high })
    }

    /// The distance between two neighbouring values.
    const fn step(self) -> f64 {
        match self {
            Self::Stars => 0.5,
            _ => 1.0,
        }
    }
}

/// Why a rating was refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RatingError {
    /// Not a number, or outside the ends of the scale.
    #[error("a rating on the scale {scale:?} lies between {} and {}", scale.ends().0, scale.ends().1)]
    OutOfScale {
        /// The scale.
        scale: Scale,
    },
    /// Two scales, or a range that ends before it begins.
    #[error("a range of ratings is on one scale, and its lowest value comes first")]
    NoRange,
    /// Between two values of the scale.
    #[error("the scale {scale:?} has no value in between")]
    InBetween {
        /// The scale.
        scale: Scale,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRange {
    scale: Scale,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
}

impl TryFrom<RawRange> for RatingRange {
    type Error = RatingError;
    fn try_from(raw: RawRange) -> Result<Self, RatingError> {
        let (low, high) = raw.scale.bounds();
        let end = |value: Option<f64>, end| value.map_or(Ok(end), |value| Rating::new(raw.scale, value));
        Self::between(end(raw.at_least, low)?, end(raw.at_most, high)?)
    }
}

impl From<RatingRange> for RawRange {
    fn from(range: RatingRange) -> Self {
        let (low, high) = range.low.scale.bounds();
        Self {
            scale: range.low.scale,
            at_least: (range.low != low).then_some(range.low.value()),
            at_most: (range.high != high).then_some(range.high.value()),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct RawRating {
    scale: Scale,
    value: f64,
}

impl TryFrom<RawRating> for Rating {
    type Error = RatingError;
    fn try_from(raw: RawRating) -> Result<Self, RatingError> {
        Self::new(raw.scale, raw.value)
    }
}

impl From<Rating> for RawRating {
    fn from(rating: Rating) -> Self {
        Self { scale: rating.scale, value: rating.value() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_stay_on_their_scale() {
        for scale in [Scale::Nps, Scale::Csat, Scale::Ces, Scale::Stars, Scale::Thumb] {
            let (low, high) = scale.ends();
            assert!(Rating::new(scale, low).is_ok() && Rating::new(scale, high).is_ok());
            for value in [low - 1.0, high + 1.0, f64::NAN, f64::INFINITY] {
                assert_eq!(Rating::new(scale, value), Err(RatingError::OutOfScale { scale }));
            }
        }
        assert!(matches!(Rating::new(Scale::Csat, 4.5), Err(RatingError::InBetween { .. })));
        assert!(serde_json::from_str::<Rating>(r#"{"scale":"nps","value":11}"#).is_err());
    }

    #[test]
    fn a_scale_knows_its_ends_and_its_name() {
        for scale in [Scale::Nps, Scale::Csat, Scale::Ces, Scale::Stars, Scale::Thumb] {
            let (low, high) = scale.bounds();
            assert_eq!((low.value(), high.value()), scale.ends());
            assert_eq!(serde_json::to_value(scale).unwrap(), scale.as_str());
        }
    }

    #[test]
    fn a_range_of_ratings_holds_its_ends_and_nothing_of_another_scale() {
        let of = |value: f64| Some(Rating::new(Scale::Stars, value).unwrap());
        let range: RatingRange =
            serde_json::from_str(r#"{"scale":"stars","at_least":1.5,"at_most":3}"#).unwrap();
        let held: Vec<_> =
            [1.0, 1.5, 2.0, 3.0, 3.5].into_iter().filter(|value| range.holds(of(*value))).collect();
        assert_eq!(held, [1.5, 2.0, 3.0]);
        assert!(!range.holds(None) && !range.holds(Some(Rating::new(Scale::Csat, 2).unwrap())));
        assert_eq!(range.to_string(), "1.5 to 3 on the scale stars");
        let low = RatingRange::at_most(Rating::new(Scale::Nps, 6).unwrap());
        assert_eq!(serde_json::to_string(&low).unwrap(), r#"{"scale":"nps","at_most":6.0}"#);
        let high = RatingRange::at_least(Rating::new(Scale::Nps, 9).unwrap());
        assert_eq!(serde_json::from_str::<RatingRange>(r#"{"scale":"nps","at_least":9}"#).unwrap(), high);
        for refused in [
            r#"{"scale":"nps","at_most":11}"#,
            r#"{"scale":"nps","at_least":7,"at_most":6}"#,
            r#"{"scale":"csat","at_most":1.5}"#,
            r#"{"scale":"nps","most":6}"#,
        ] {
            assert!(serde_json::from_str::<RatingRange>(refused).is_err(), "{refused}");
        }
        let (nps, stars) = (Rating::new(Scale::Nps, 1).unwrap(), Rating::new(Scale::Stars, 2).unwrap());
        assert_eq!(RatingRange::between(nps, stars), Err(RatingError::NoRange));
    }
}
