//! Addresses that say of themselves that nobody reads them. Words are matched as words: `no-reply@` and
//! `orders.noreply@` are refused, `casino-reply@` and `unattended-baggage@` are not.

/// Phrases that say it wherever they stand: in the local part, in its sub-address, in a label of the
/// domain. In small letters, without blanks and accents.
const PHRASES: &[&str] = &[
    "noreply",
    "noreplies",
    "donotreply",
    "donotrespond",
    "donotanswer",
    "dontreply",
    "neverreply",
    "noresponse",
    "noanswer",
    "unattendedmailbox",
    "unattendedinbox",
    "unmonitoredmailbox",
    "unmonitoredinbox",
    "notmonitored",
    "mailerdaemon", // English
    "nichtantworten",
    "bittenichtantworten",
    "keineantwort",
    "antwortenichtmoglich",
    "antwortenichtmoeglich", // German
    "nepasrepondre",
    "sansreponse", // French
    "norespondas",
    "norespondan",
    "noresponda",
    "noresponder",
    "nocontestar",
    "sinrespuesta", // Spanish
    "naoresponda",
    "naoresponder",  // Portuguese
    "nonrispondere", // Italian
    "nietbeantwoorden",
    "nietantwoorden",
    "geenantwoord", // Dutch
    "svarintehit",
    "svarainte",
    "svaraej", // Swedish
    "svarikke",
    "ikkesvar", // Danish and Norwegian
    "alavastaa",
    "eivastata", // Finnish
    "nieodpowiadaj",
    "nieodpowiadac", // Polish
    "neodpovidat",
    "neodpovidejte", // Czech
    "nevalaszoljon", // Hungarian
    "nuraspunde",
    "nuraspundeti", // Romanian
    "yanitlamayin",
    "cevaplamayin", // Turkish
    "neotvechat",
    "неотвечать", // Russian
];

/// Words that say it when they are all that a local part or its sub-address consists of, numbers left out:
/// `bounces-1017@`, but neither `bounce-house@` nor `nobody-bakery@`.
const ALONE: &[&str] =
    &["unattended", "unmonitored", "bounce", "bounces", "devnull", "blackhole", "nobody", "null", "void"];

/// True for an address whose local part, sub-address or domain says that nobody reads it.
pub(super) fn is_unread(address: &str) -> bool {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    local.split('+').map(words).any(|words| has_phrase(&words) || is_alone(&words))
        || domain.split('.').map(words).any(|words| has_phrase(&words))
}

/// The words of a part of an address: runs of letters, small and without accents.
fn words(part: &str) -> Vec<String> {
    let letters: String = part.to_lowercase().chars().filter(|c| !is_accent(*c)).map(unaccented).collect();
    letters.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// True when neighbouring words make up a phrase, or one word begins with it (`noreplyshop`).
fn has_phrase(words: &[String]) -> bool {
    let begins = |word: &String| PHRASES.iter().any(|phrase| word.starts_with(phrase));
    words.iter().any(begins) || (0..words.len()).any(|n| makes_up_a_phrase(words.iter().skip(n)))
}

fn makes_up_a_phrase<'a>(words: impl Iterator<Item = &'a String>) -> bool {
    let mut said = String::new();
    for word in words {
        said.push_str(word);
        if PHRASES.contains(&said.as_str()) {
            return true;
        }
        if !PHRASES.iter().any(|phrase| phrase.starts_with(&said)) {
            return false;
        }
    }
    false
}

fn is_alone(words: &[String]) -> bool {
    ALONE.contains(&words.concat().as_str())
}

/// True for an accent that stands as a character of its own.
const fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

const fn unaccented(c: char) -> char {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ă' => 'a',
        'ç' | 'č' | 'ć' => 'c',
        'è' | 'é' | 'ê' | 'ë' | 'ě' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' => 'i',
        'ñ' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ő' => 'o',
        'š' | 'ş' | 'ș' => 's',
        'ț' | 'ţ' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ű' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_matched_as_words() {
        for unread in [
            "noreply@shop.example",
            "no-reply@shop.example",
            "NO_REPLY@shop.example",
            "no.reply@shop.example",
            "do-not-reply@shop.example",
            "DoNotReply@shop.example",
            "orders-noreply@shop.example",
            "orders.no-reply.eu@shop.example",
            "noreply-eu@shop.example",
            "noreply2@shop.example",
            "noreplyshop@shop.example",
            "mailer-daemon@shop.example",
            "unattended@shop.example",
            "unattended-mailbox@shop.example",
            "unmonitored.inbox@shop.example",
            "bounce@shop.example",
            "bounces-1017@shop.example",
            "dev-null@shop.example",
            // The sub-address.
            "noreply+case17@shop.example",
            "care+noreply@shop.example",
            "care+no-reply@shop.example",
            "care+k7+bounces@shop.example",
            // The domain.
            "care@noreply.example.com",
            "care@no-reply.example",
            "care@mail.do-not-reply.shop.example",
            // Other languages.
            "nicht-antworten@shop.example",
            "bitte.nicht.antworten@shop.example",
            "Antworte-nicht-möglich@shop.example",
            "ne-pas-répondre@shop.example",
            "ne-pas-re\u{301}pondre@shop.example",
            "sans.reponse@shop.example",
            "no-responder@shop.example",
            "nao-responda@shop.example",
            "não.responder@shop.example",
            "non-rispondere@shop.example",
            "niet-beantwoorden@shop.example",
            "svara-inte@shop.example",
            "ikke-svar@shop.example",
            "älä-vastaa@shop.example",
            "nie-odpowiadaj@shop.example",
            "neodpovídat@shop.example",
            "ne-válaszoljon@shop.example",
            "nu-răspundeți@shop.example",
            "yanıtlamayın@shop.example",
            "не-отвечать@shop.example",
        ] {
            assert!(is_unread(unread), "{unread}");
        }
        for read in [
            "care@shop.example",
            "reply@shop.example",
            "reply+k7@shop.example",
            "casino-reply@shop.example",
            "casinoreply@shop.example",
            "torino.reply@shop.example",
            "piano-answers@shop.example",
            "volcano-response@shop.example",
            "unattended-baggage@shop.example",
            "bouncehouse@shop.example",
            "bounce-house@shop.example",
            "nobody-bakery@shop.example",
            "nobodysfool@shop.example",
            "answers@shop.example",
            "unreplied@shop.example",
            "void-fill@shop.example",
            "care@casino-reply.example",
            "care@bounce.example",
            "care@blackhole.example",
            "care+casino-reply@shop.example",
            "1017@shop.example",
        ] {
            assert!(!is_unread(read), "{read}");
        }
    }

    #[test]
    fn every_phrase_is_written_as_it_is_looked_for() {
        for phrase in PHRASES.iter().chain(ALONE) {
            assert_eq!(words(phrase), [*phrase], "{phrase}");
        }
    }
}
