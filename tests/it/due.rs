//! The example `due`: its own modules, asked with its own arguments.

#[path = "../../examples/due/main.rs"]
#[allow(dead_code, reason = "its main function is for cargo")]
mod example;

use std::io::{self, Write};

use example::args::{self, Asked, Question};
use example::{answer, run};
use serde_json::Value;

/// Words as a shell splits them, `'...'` included.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let split = parts.flat_map(|(n, part)| match n % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
        _ => vec![part.to_owned()],
    });
    split.collect()
}

#[track_caller]
fn question(line: &str) -> Box<Question> {
    match args::read(&words(line)) {
        Ok(Asked::Question(question)) => question,
        other => panic!("{line}: {other:?}"),
    }
}

#[track_caller]
fn json(line: &str) -> Value {
    let answer = answer::to(&question(line)).unwrap();
    serde_json::from_str(&answer.json()).unwrap()
}

#[track_caller]
fn deadline<'a>(answer: &'a Value, kind: &str) -> &'a Value {
    answer["deadlines"].as_array().unwrap().iter().find(|due| due["kind"] == kind).unwrap()
}

#[test]
fn the_line_of_the_documentation() {
    let line = "--policy uk-fca-disp --received 2026-03-05T16:40Z --zone Europe/London --holiday 2026-04-03";
    assert!(question(&format!("{line} --json")).json && !question(line).json);
    let answer = json(&format!("{line} --json"));
    let resolve = deadline(&answer, "resolve");
    assert_eq!(resolve["due"], "2026-04-30T23:00:00Z");
    assert_eq!(resolve["last_day"], "2026-04-30");
    assert_eq!(resolve["step"], "final response");
    assert_eq!((&resolve["soft"], &resolve["provisional"]), (&Value::Bool(false), &Value::Bool(false)));
    assert!(resolve["explanation"].as_array().unwrap().iter().all(Value::is_string));
    let kinds: Vec<_> = answer["deadlines"].as_array().unwrap().iter().map(|due| &due["kind"]).collect();
    assert_eq!(kinds, ["acknowledge", "respond", "resolve", "follow-up"]);
    for (kind, is_goal) in [("acknowledge", true), ("respond", true), ("resolve", false), ("follow-up", true)]
    {
        assert_eq!(deadline(&answer, kind)["soft"], is_goal, "{kind}");
    }
    let fields: Vec<_> = resolve.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields.len(), 7, "{fields:?}");

    let text = answer::to(&question(line)).unwrap().to_string();
    assert!(text.contains("\nresolve (final response): Thu 30 Apr 2026\n"), "{text}");
    assert!(text.contains("Due by the end of Thu 30 Apr 2026 (Europe/London)"), "{text}");
    assert!(text.contains("\nrespond: Mon 9 Mar 2026, a goal\n"), "{text}");
}

#[test]
fn anchors_and_variants() {
    let line = "--policy uk-housing --received 2026-05-20T09:15+01:00 --zone Europe/London \
                --holiday '2026-05-25=Spring bank holiday'";
    let before = json(line);
    assert_eq!(deadline(&before, "acknowledge")["last_day"], "2026-05-28");
    let answer = deadline(&before, "resolve");
    assert_eq!((&answer["last_day"], &answer["provisional"]), (&"2026-06-11".into(), &true.into()));
    let after = json(&format!("{line} --anchor acknowledged=2026-05-26T15:00"));
    let answer = deadline(&after, "resolve");
    assert_eq!((&answer["due"], &answer["provisional"]), (&"2026-06-09T23:00:00Z".into(), &false.into()));
    let stage = json(&format!("{line} --variant=stage-2 --anchor stage-requested=2026-06-15T10:00"));
    assert_eq!(deadline(&stage, "acknowledge")["last_day"], "2026-06-22");
    assert_eq!(deadline(&stage, "acknowledge")["step"], "stage 2 acknowledgement");
    let sent = json(
        "--policy us-cfpb --received 2026-05-29T09:00-04:00 --zone America/New_York \
         --anchor sent-to-company=2026-06-01T09:00-04:00",
    );
    assert_eq!(deadline(&sent, "resolve")["due"], "2026-06-17T04:00:00Z");
    let old = json("--policy uk-ofcom --received 2026-04-07 --zone Europe/London");
    assert_eq!(deadline(&old, "resolve")["last_day"], "2026-06-02", "the version of that day");
}

#[test]
fn a_bare_question() {
    let line =
        "--windows 'mon-fri 09:00-17:00' --add 4h --received 2026-03-27T16:00+01:00 --zone Europe/Berlin";
    let answer = json(line);
    let due = &answer["deadlines"][0];
    assert_eq!((&due["due"], &due["last_day"]), (&"2026-03-30T10:00:00Z".into(), &"2026-03-30".into()));
    assert_eq!(due["step"], Value::Null);
    for (amount, expected) in [
        ("1h30m", "2026-03-30T07:30:00Z"),
        ("90m", "2026-03-30T07:30:00Z"),
        ("3d", "2026-04-01T22:00:00Z"),
        ("1w", "2026-04-03T22:00:00Z"),
        ("'{\"hours\":48}'", "2026-03-29T15:00:00Z"),
    ] {
        let answer = json(&line.replace("4h", amount));
        assert_eq!(answer["deadlines"][0]["due"], expected, "{amount}");
    }
}

#[test]
fn holidays_out_of_a_file() {
    let dir = std::env::temp_dir().join(format!("talkback-due-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("holidays.ics");
    let day = |name: &str, date: &str| {
        format!("BEGIN:VEVENT\r\nSUMMARY:{name}\r\nDTSTART;VALUE=DATE:{date}\r\nEND:VEVENT\r\n")
    };
    let days = day("Good Friday", "20260403") + &day("Easter Monday", "20260406");
    std::fs::write(&file, format!("BEGIN:VCALENDAR\r\n{days}END:VCALENDAR\r\n")).unwrap();
    let line = format!(
        "--policy uk-fca-src --received 2026-04-02T11:00+01:00 --zone Europe/London --holidays {}",
        file.display()
    );
    let answer = json(&line);
    assert_eq!(deadline(&answer, "resolve")["due"], "2026-04-09T16:00:00Z");
    let explanation = deadline(&answer, "resolve")["explanation"].to_string();
    assert!(explanation.contains("Fri 3 Apr 2026: holiday (Good Friday)"), "{explanation}");

    std::fs::write(&file, "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:2026\r\n").unwrap();
    let refused = args::read(&words(&line)).unwrap_err();
    assert!(refused.starts_with("--holidays ") && refused.contains("line"), "{refused}");
    std::fs::remove_dir_all(&dir).unwrap();
    let refused = args::read(&words(&line)).unwrap_err();
    assert!(refused.starts_with("--holidays "), "{refused}");
}

#[test]
fn what_is_asked_wrongly_is_answered_with_a_sentence() {
    for (line, sentence) in [
        ("", "--received is missing"),
        ("--received 2026-03-05T16:40Z", "ask with --policy or with --add"),
        ("--policy uk-fca-disp", "--received is missing"),
        ("--policy nope --received 2026-03-05", "there is no preset \"nope\""),
        ("--policy uk-nhs --received yesterday", "\"yesterday\" is no time"),
        ("--policy uk-nhs --received 2026-03-05 --zone Mars/Olympus", "--zone: there is no time zone"),
        ("--policy uk-nhs --received 2026-03-05 --holiday soon", "\"soon\" is no date"),
        ("--policy uk-nhs --received 2026-03-05 --anchor lunch=2026-03-06", "the events are"),
        ("--policy uk-nhs --received 2026-03-05 --anchor acknowledged=2026-03-04", "nothing happens before"),
        ("--policy uk-nhs --received 2026-03-05 --add 4h", "two questions"),
        ("--policy uk-nhs --received 2026-03-05 --received 2026-03-05", "--received was given twice"),
        ("--policy uk-nhs --received", "--received wants a value"),
        ("--policy uk-nhs --received 2026-03-05 --frobnicate", "\"--frobnicate\" is not understood"),
        ("--add 0h --received 2026-03-05", "\"0h\" is no amount"),
        ("--add 4x --received 2026-03-05", "\"4x\" is no amount"),
        ("--add 4h --received 2026-03-05 --variant stage-2", "belong to --policy"),
        ("--add 4h --received 2026-03-05 --windows 'mon 17:00-17:00'", "--windows: "),
    ] {
        let refused = args::read(&words(line)).unwrap_err();
        assert!(refused.contains(sentence), "{line}: {refused}");
    }
    let refused =
        answer::to(&question("--policy us-reg-e --received 2026-03-05 --variant gold")).unwrap_err();
    assert!(refused.contains("us-reg-e has no variant \"gold\""), "{refused}");
    assert!(matches!(args::read(&words("--help")), Ok(Asked::Help)));
    assert!(args::HELP.contains("no legal advice") && args::presets().contains("au-rg271"));
}

/// A pipe whose reader went away after so many bytes.
struct Pipe(usize, io::ErrorKind);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        if taken == 0 { Err(self.1.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let line = "--policy uk-nhs --received 2026-03-05 --zone Europe/London";
    for line in ["--help".to_owned(), line.to_owned(), format!("{line} --json")] {
        for seen in [0, 40] {
            let mut err = Vec::new();
            let code = run(&words(&line), &mut Pipe(seen, io::ErrorKind::BrokenPipe), &mut err);
            assert_eq!((code, err.as_slice()), (0, b"".as_slice()), "{line}");
        }
        let mut err = Vec::new();
        let code = run(&words(&line), &mut Pipe(40, io::ErrorKind::StorageFull), &mut err);
        assert_eq!((code, err.starts_with(b"due: ")), (1, true), "{line}");
    }
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(run(&words("--add 4h"), &mut out, &mut err), 2);
    assert!(out.is_empty() && err.ends_with(b"Try --help.\n"));
}
