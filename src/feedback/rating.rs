//! Numbers that customers give, on known scales.

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
    /// Between two values of the scale.
    #[error("the scale {scale:?} has no value in between")]
    InBetween {
        /// The scale.
        scale: Scale,
    },
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
}
