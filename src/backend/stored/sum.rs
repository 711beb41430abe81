//! A digest of a stored text and of the place that it belongs to.

use crate::backend::{Key, RecordId};

/// What stands before the sum in a text.
pub(super) const LEAD: &str = r#","sum":""#;
/// What stands behind it.
pub(super) const TAIL: &str = "\"";
/// Hexadecimal digits of a sum.
const DIGITS: usize = 16;

/// The sum of a text that is stored under a key. It never changes, whatever else does: a text that was
/// stored long ago has to fit its sum. Each step can be undone, so that no change of a single byte goes
/// unseen.
pub(super) fn of(key: &Key, text: &[u8]) -> String {
    let mut sum = Sum(0x6a09_e667_f3bc_c908);
    sum.bytes(key.tenant.as_str().as_bytes());
    let RecordId::Case(case) = key.id;
    sum.bytes(case.uuid().as_bytes());
    sum.bytes(text);
    format!("{:016x}", sum.0)
}

/// The text before the sum, and the sum; `None` for a text without.
pub(super) fn split<'a>(bytes: &'a [u8], end: &str) -> Option<(&'a [u8], &'a [u8])> {
    let rest = bytes.strip_suffix(end.as_bytes())?.strip_suffix(TAIL.as_bytes())?;
    let (rest, sum) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    Some((rest.strip_suffix(LEAD.as_bytes())?, sum))
}

struct Sum(u64);

impl Sum {
    fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.word(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        self.word(chunks.remainder().iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)));
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}
