//! Known words have one written form, which parses back and is what serde writes; nobody can hide a known
//! word as an own one.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use talkback::policy::Anchor;
use talkback::workflow::{CommandKind, RefusalClass};
use talkback::{
    Channel, Code, DeadlineKind, Delivery, ExitReason, FeedbackKind, IdError, Outcome, Priority, RemedyKind,
    Stage, UnknownCode,
};

/// Each has a code that is its `Display`, parses back, and is what serde writes and reads.
fn each_is_a_code<T>(all: &[T], as_str: impl Fn(&T) -> String)
where
    T: Debug + Display + PartialEq + Serialize + DeserializeOwned + FromStr,
    T::Err: Debug,
{
    for one in all {
        let code = as_str(one);
        assert!(Code::new(&code).is_ok(), "{one:?} is written {code:?}");
        assert_eq!(one.to_string(), code);
        assert_eq!(&code.parse::<T>().unwrap(), one);
        assert_eq!(serde_json::to_value(one).unwrap(), code.as_str());
        assert_eq!(&serde_json::from_value::<T>(code.into()).unwrap(), one);
    }
}

#[test]
fn every_code_parses_back_and_is_what_serde_writes() {
    each_is_a_code(&CommandKind::ALL, |kind| kind.as_str().to_owned());
    each_is_a_code(&RefusalClass::ALL, |class| class.as_str().to_owned());
    each_is_a_code(&Stage::ALL, |stage| stage.as_str().to_owned());
    each_is_a_code(&Priority::ALL, |priority| priority.as_str().to_owned());
    each_is_a_code(&Delivery::ALL, |delivery| delivery.as_str().to_owned());
    each_is_a_code(&DeadlineKind::ALL, |kind| kind.as_str().to_owned());
    each_is_a_code(&Anchor::ALL, |anchor| anchor.as_str().to_owned());
    each_is_a_code(FeedbackKind::KNOWN, |kind| kind.as_str().to_owned());
    each_is_a_code(Channel::KNOWN, |channel| channel.as_str().to_owned());
    each_is_a_code(Outcome::KNOWN, |outcome| outcome.as_str().to_owned());
    each_is_a_code(RemedyKind::KNOWN, |kind| kind.as_str().to_owned());
    each_is_a_code(ExitReason::KNOWN, |reason| reason.as_str().to_owned());
}

#[test]
fn what_is_no_known_word_is_no_command() {
    for text in ["", "Open", "take the customer's message", "follow_up", "open "] {
        assert_eq!(text.parse::<CommandKind>(), Err(UnknownCode), "{text:?}");
    }
}

#[test]
fn words_for_people_differ_from_the_code_where_the_code_reads_badly() {
    assert_eq!(CommandKind::CustomerWrote.as_str(), "customer-wrote");
    assert_eq!(CommandKind::CustomerWrote.label(), "take the customer's message");
    for kind in CommandKind::ALL {
        assert!(!kind.label().contains('-'), "{kind} is labelled {:?}", kind.label());
    }
}

/// Whichever way a known word comes in, it is that word, and never an own one of the same spelling.
fn no_known_word_is_an_own_one<T>(known: &[T])
where
    T: Debug + Display + PartialEq + DeserializeOwned + From<Code> + FromStr<Err = IdError>,
{
    for word in known {
        let code = Code::new(word.to_string()).unwrap();
        assert_eq!(&serde_json::from_value::<T>(code.as_str().into()).unwrap(), word);
        assert_eq!(&code.as_str().parse::<T>().unwrap(), word);
        assert_eq!(&T::from(code), word);
    }
    let own = Code::new("no-list-knows-this").unwrap();
    assert!(format!("{:?}", T::from(own)).starts_with("Other("));
}

#[test]
fn a_known_word_cannot_hide_as_an_own_one() {
    no_known_word_is_an_own_one(FeedbackKind::KNOWN);
    no_known_word_is_an_own_one(Channel::KNOWN);
    no_known_word_is_an_own_one(Outcome::KNOWN);
    no_known_word_is_an_own_one(RemedyKind::KNOWN);
    no_known_word_is_an_own_one(ExitReason::KNOWN);
}

/// A word that one list knows and another does not stays within its list.
#[test]
fn an_own_word_belongs_to_its_list() {
    let channel = Channel::from(Code::new("complaint").unwrap());
    let Channel::Other(own) = &channel else { panic!("{channel} is a known channel") };
    assert_eq!(FeedbackKind::from(own.code().clone()), FeedbackKind::Complaint);
}
