//! A digest of a request's body, by which a repeat is told from another command under the same id.
//!
//! It is stored, so it must be the same on every machine and in every build. It hashes what serde
//! shows of the command, in order. It guards against mistakes, not against attackers: whoever sends a
//! command id also sent its first body.

use serde::ser::{self, Serialize};

use super::Request;
use crate::id::CaseId;

/// The digest of a request to this case. Who asked is part of it, their rights are not.
pub(super) fn of(case: CaseId, request: &Request) -> u64 {
    let mut digest = Digest(0x6a09_e667_f3bc_c908);
    // Hashing cannot fail: the digest refuses nothing.
    let by = (&request.by.party, &request.by.on_behalf_of);
    let _ = (case, &request.command, by, request.occurred_at).serialize(&mut digest);
    digest.finish()
}

struct Digest(u64);

impl Digest {
    /// One step: xor, multiply by an odd constant, fold the high bits down (the mix of splitmix64).
    fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = (mixed ^ (mixed >> 32)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(23);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.word(chunk.try_into().map_or(0, u64::from_le_bytes));
        }
        let rest = chunks.remainder().iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
        self.word(rest);
    }

    const fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}

/// Never happens; serde wants a type for it.
#[derive(Debug)]
struct Impossible;

impl std::fmt::Display for Impossible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot be hashed")
    }
}

impl std::error::Error for Impossible {}

impl ser::Error for Impossible {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

macro_rules! words {
    ($($method:ident: $type:ty;)*) => {
        $(fn $method(self, value: $type) -> Result<(), Impossible> {
            self.word(value as u64);
            Ok(())
        })*
    };
}

impl ser::Serializer for &mut Digest {
    type Ok = ();
    type Error = Impossible;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    words! {
        serialize_bool: bool;
        serialize_i8: i8;
        serialize_i16: i16;
        serialize_i32: i32;
        serialize_i64: i64;
        serialize_u8: u8;
        serialize_u16: u16;
        serialize_u32: u32;
        serialize_u64: u64;
        serialize_char: char;
    }

    fn serialize_f32(self, value: f32) -> Result<(), Impossible> {
        self.word(u64::from(value.to_bits()));
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Impossible> {
        self.word(value.to_bits());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Impossible> {
        self.bytes(value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Impossible> {
        self.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Impossible> {
        self.word(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Impossible> {
        self.word(1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Impossible> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Impossible> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Impossible> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Impossible> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Impossible> {
        self.bytes(variant.as_bytes());
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Impossible> {
        self.word(len.unwrap_or_default() as u64);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Impossible> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Impossible> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Impossible> {
        self.bytes(variant.as_bytes());
        Ok(self)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self, Impossible> {
        self.serialize_seq(len)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Impossible> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, Impossible> {
        self.bytes(variant.as_bytes());
        Ok(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! parts {
    ($($part:ident: $method:ident;)*) => {
        $(impl ser::$part for &mut Digest {
            type Ok = ();
            type Error = Impossible;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Impossible> {
                value.serialize(&mut **self)
            }
            fn end(self) -> Result<(), Impossible> {
                Ok(())
            }
        })*
    };
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

macro_rules! named_parts {
    ($($part:ident;)*) => {
        $(impl ser::$part for &mut Digest {
            type Ok = ();
            type Error = Impossible;
            // Names are hashed, so that a field which is left out does not lend its place to the next.
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Impossible> {
                self.bytes(name.as_bytes());
                value.serialize(&mut **self)
            }
            fn end(self) -> Result<(), Impossible> {
                Ok(())
            }
        })*
    };
}

named_parts! {
    SerializeStruct;
    SerializeStructVariant;
}

impl ser::SerializeMap for &mut Digest {
    type Ok = ();
    type Error = Impossible;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Impossible> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Impossible> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Impossible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::{Channel, Feedback};
    use crate::id::{StaffId, TenantId};
    use crate::workflow::{Actor, Command, Open};

    fn opening(words: &str) -> Request {
        let feedback = Feedback::complaint(Channel::Email, words);
        Request::new(Actor::system(), Open::new(feedback))
    }

    #[test]
    fn another_body_has_another_digest() {
        let case = CaseId::derive(&TenantId::single(), &["1"]);
        let digest = of(case, &opening("it leaks"));
        assert_eq!(digest, of(case, &opening("it leaks")));
        assert_ne!(digest, of(case, &opening("it leaks!")));
        assert_ne!(digest, of(CaseId::derive(&TenantId::single(), &["2"]), &opening("it leaks")));
        let staff = Actor::staff(StaffId::new("kim").unwrap());
        assert_ne!(digest, of(case, &Request { by: staff, ..opening("it leaks") }));
        assert_ne!(digest, of(case, &Request { command: Command::Tick, ..opening("") }));
    }

    #[test]
    fn the_digest_is_the_same_in_every_build() {
        let case = CaseId::derive(&TenantId::single(), &["1"]);
        assert_eq!(of(case, &opening("it leaks")), EXPECTED, "stored digests would not be known again");
    }

    const EXPECTED: u64 = 17_838_388_240_801_901_264;
}
