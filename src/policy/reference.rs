#![doc = include_str!("reference.md")]

/// A policy that uses every field:
///
/// ```json
#[doc = include_str!("example.json")]
/// ```
pub const EXAMPLE: &str = include_str!("example.json");
