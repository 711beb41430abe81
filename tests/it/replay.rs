//! The replay example over real files and over hostile ones.
//!
//! The example's modules are compiled into this test instead of running its binary: cargo tells a test
//! where the binaries of its package are, but not the examples, and a test that is run alone
//! (`--test it`) would find none, or one of yesterday.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use talkback::{Channel, DeadlineKind, ExitReason, FeedbackKind, Stage};

use crate::given::data;

#[path = "../../examples/replay/main.rs"]
#[allow(dead_code, reason = "its main function is for cargo")]
mod example;

struct Played {
    code: u8,
    out: String,
    err: String,
}

fn replay<S: AsRef<str>>(args: &[S]) -> Played {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = example::run(args.iter().map(|arg| arg.as_ref().to_owned()), &mut out, &mut err);
    Played { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

fn json<S: AsRef<str>>(args: &[S]) -> Value {
    let mut args: Vec<_> = args.iter().map(|arg| arg.as_ref().to_owned()).collect();
    args.push("--json".to_owned());
    let played = replay(&args);
    assert_eq!(played.code, 0, "{}", played.err);
    serde_json::from_str(&played.out).unwrap()
}

/// The report without what the machine's speed decides.
fn without_speed(mut report: Value) -> Value {
    let keys = report.as_object_mut().unwrap();
    assert!(keys.remove("seconds").is_some() && keys.remove("commands_per_second").is_some());
    report
}

/// A file with this content, under a name of its own.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-{name}"));
    fs::write(&path, content).unwrap();
    path.display().to_string()
}

const CFPB: &str = "cfpb_complaints.csv";
const CFPB_2014: &str = "cfpb_complaints_2014_layout.csv";
const CFPB_NO_ID: &str = "cfpb_complaints_no_id.csv";
const NARRATIVES: &str = "cfpb_narratives.csv";
const NYC311: &str = "nyc311_requests.csv";

mod sample {
    use super::*;

    #[test]
    fn every_row_plays_and_no_fact_is_refused() {
        let report = json::<&str>(&[]);
        assert_eq!(report["rows"], 62);
        assert_eq!(report["opened"], 62);
        for empty in ["refused", "rejections"] {
            assert_eq!(report[empty], json!([]), "{empty}");
        }
        assert_eq!(report["warnings"], json!({}));
    }

    #[test]
    fn every_kind_and_channel_is_there_and_every_way_to_end() {
        let report = json::<&str>(&[]);
        for kind in FeedbackKind::KNOWN {
            assert!(report["kinds"][kind.as_str()].is_u64(), "{kind}");
        }
        for channel in Channel::KNOWN {
            assert!(report["channels"][channel.as_str()].is_u64(), "{channel}");
        }
        for reason in
            ["confirmed", "unanswered", "thanks-sufficed", "withdrawn", "left", "referred", "spam", "waived"]
        {
            assert!(report["closed"][reason].is_u64(), "{reason}");
        }
        for kind in ["acknowledge", "respond", "resolve", "follow-up", "promise"] {
            for verdict in ["met", "late", "overdue"] {
                assert!(report["deadlines"][kind][verdict].as_u64() > Some(0), "{kind} {verdict}");
            }
        }
        assert!(report["deadlines"]["thank"]["late"].as_u64() > Some(0));
        assert!(report["deadlines"]["resolve"]["paused"].as_u64() > Some(0));
        assert!(report["reopened"].as_u64() > Some(0) && report["disputed"].as_u64() > Some(0));
        let reasons =
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/replay/sample.csv"));
        let sample = reasons.unwrap();
        let exits = ExitReason::KNOWN.iter().filter(|reason| sample.contains(&format!(",{reason},"))).count();
        assert!(exits >= 5, "{exits} reasons to leave");
    }

    #[test]
    fn the_text_is_the_same_twice_but_for_its_speed() {
        let (first, second) = (replay::<&str>(&[]), replay::<&str>(&[]));
        let played = |text: &str| text.rsplit_once("commands and").unwrap().0.to_owned();
        assert_eq!(played(&first.out), played(&second.out));
        for heading in ["late by", "latest of all", "who waits longest", "outcome", "channel", "it took"] {
            assert!(first.out.contains(heading), "{heading}");
        }
        assert_eq!((first.code, first.err.as_str()), (0, ""));
    }
}

mod real {
    use super::*;

    #[test]
    fn all_four_files_together() {
        let Some(files) = data(&[CFPB, CFPB_2014, CFPB_NO_ID, NYC311]) else { return };
        let report = json(&files);
        assert_eq!(report["rows"], 6_370);
        assert_eq!(report["opened"], 5_944);
        assert_eq!(report["duplicates"], 426);
        assert_eq!(report["refused"], json!([]));
        assert_eq!(report["rejections"], json!([]));
        assert_eq!(report["disputed"], 516 + 146);
        assert_eq!(report["reopened"], 516 + 146);
        assert_eq!(report["source_claims"], json!({ "timely_yes": 4_048 + 778, "timely_no": 104 + 14 }));
        assert_eq!(report["deadlines"]["promise"]["met"], 821);
        assert_eq!(report["warnings"].as_object().unwrap().values().collect::<Vec<_>>(), [6]);
        assert_eq!(without_speed(report), without_speed(json(&files)), "the second run differs");
    }

    #[test]
    fn the_complaints_alone() {
        let Some(files) = data(&[CFPB]) else { return };
        let report = json(&files);
        assert_eq!(report["opened"], 4_152);
        assert_eq!(report["outcomes"]["compensated"], 177);
        assert_eq!(report["outcomes"]["explained"], 2_460);
        assert_eq!(report["outcomes"]["fixed"], 685);
        assert_eq!(report["outcomes"]["declined"], 2);
        assert_eq!(report["outcomes"]["unspecified"], 58);
        // In progress and untimely responses resolve nothing; a dispute takes the case up again.
        assert_eq!(report["stages"]["received"], 709 + 61);
        assert_eq!(report["stages"]["in-progress"], 516);
        assert_eq!(report["stages"]["resolved"], 4_152 - 709 - 61 - 516);
        assert_eq!(
            report["channels"],
            json!({ "fax": 32, "phone": 190, "postal-mail": 171, "referral": 396, "web-form": 3_363 })
        );
        // Nothing but the hand-over has a time, and nothing but the review is asked for.
        assert_eq!(report["durations"]["hand-over"]["n"], 4_152);
        assert_eq!(
            report["durations"]["resolve"],
            json!({ "n": 0, "median_seconds": null, "p90_seconds": null })
        );
        assert_eq!(report["deadlines"]["review"]["running"], 4_152);
        assert_eq!(report["deadlines"]["resolve"]["moot"], 0);
    }

    #[test]
    fn a_policy_adds_deadlines_and_judges_no_time_that_nobody_knows() {
        let Some(files) = data(&[CFPB]) else { return };
        let report = json(&[files[0].as_str(), "--policy", "house-standard"]);
        let resolve = &report["deadlines"]["resolve"];
        assert_eq!(resolve["moot"], 4_152 - 709 - 61, "those that were resolved, nobody knows when");
        assert_eq!(resolve["overdue"], 709 + 61, "those that were not");
        assert_eq!(resolve["running"], 516, "a dispute starts a round at the end of the play");
        assert_eq!(report["deadlines"]["acknowledge"]["moot"], 4_152 - 61);
    }

    #[test]
    fn the_layout_of_2014_opens_the_same_cases() {
        let Some(files) = data(&[CFPB_2014, CFPB]) else { return };
        assert_eq!(json(&files[..1])["opened"], 426);
        let report = json(&files);
        assert_eq!((&report["opened"], &report["duplicates"]), (&json!(4_152), &json!(426)));
        assert_eq!(report["files"][1]["duplicates"], 426, "whichever comes first opens");
    }

    #[test]
    fn rows_without_an_id_are_known_again() {
        let Some(files) = data(&[CFPB_NO_ID]) else { return };
        let twice = [files[0].clone(), files[0].clone()];
        let report = json(&twice);
        assert_eq!((&report["opened"], &report["duplicates"]), (&json!(792), &json!(792)));
        assert_eq!(report["reopened"], 146);
        assert_eq!(
            report["warnings"].as_object().unwrap().values().collect::<Vec<_>>(),
            [6],
            "sent the day before"
        );
    }

    #[test]
    fn the_promises_of_the_city() {
        let Some(files) = data(&[NYC311]) else { return };
        let report = json(&files);
        assert_eq!(report["opened"], 1_000);
        let promise = &report["deadlines"]["promise"];
        assert_eq!((&promise["met"], &promise["late"]), (&json!(821), &json!(160)));
        assert_eq!((&promise["overdue"], &promise["running"]), (&json!(10), &json!(0)));
        assert_eq!(report["stages"]["resolved"], 990);
        assert_eq!(report["durations"]["resolve"]["n"], 990);
        assert_eq!(report["channels"], json!({ "phone": 979, "unknown": 12, "web-form": 9 }));
        assert_eq!(report["as_of"], "2015-03-06T13:32:00Z", "the last closing, in New York's winter time");
    }

    #[test]
    fn narratives_have_no_date_and_stop_nobody_else() {
        let Some(files) = data(&[NARRATIVES, NYC311]) else { return };
        let report = json(&files);
        assert_eq!((&report["rows"], &report["opened"]), (&json!(2_000), &json!(1_000)));
        let refused = report["refused"].as_array().unwrap();
        assert_eq!(refused.len(), 1_000);
        assert!(refused.iter().all(|row| row["reason"] == "there is no date received"));
        // Fields with line breaks in them: the thousandth row is far below line 1,001.
        assert!(refused[999]["line"].as_u64() > Some(1_300));
    }

    #[test]
    fn the_play_can_end_earlier() {
        let Some(files) = data(&[NYC311]) else { return };
        let report = json(&[files[0].as_str(), "--as-of", "2011-03-02"]);
        let refused = report["refused"].as_array().unwrap();
        assert_eq!(report["opened"].as_u64().unwrap() + refused.len() as u64, 1_000);
        assert!(!refused.is_empty());
        assert!(report["deadlines"]["promise"]["running"].as_u64() > Some(300));
        assert!(
            report["warnings"]["it happened after the end of the play and was left out"].as_u64() > Some(300)
        );
    }
}

mod hostile {
    use super::*;

    const CITY: &str = "Unique Key,Created Date,Closed Date,Agency,Complaint Type,Descriptor,Status,Due Date,Resolution Description,Resolution Action Updated Date,Open Data Channel Type";

    fn city(rows: &[&str]) -> String {
        format!("{CITY}\n{}\n", rows.join("\n"))
    }

    #[test]
    fn rows_that_cannot_be_used_are_named_and_the_rest_go_on() {
        let path = file(
            "city.csv",
            city(&[
                "1,03/01/2011 10:00:00 AM,03/02/2011 10:00:00 AM,NYPD,Noise,\"Loud\nParty\",Closed,03/03/2011 10:00:00 AM,Done.,,PHONE",
                "2,03/01/2011 10:00:00 AM,02/28/2011 10:00:00 AM,NYPD,Noise,Loud Party,Closed,,Done.,,PHONE",
                "3,03/01/2011 10:00:00 AM,01/01/1900 12:00:00 AM,NYPD,Noise,Loud Party,Closed,,Done.,,PHONE",
                "4,02/30/2011 10:00:00 AM,,NYPD,Noise,Loud Party,Open,,,,PHONE",
                "5,03/01/2011 10:00:00 AM,,NYPD,N/A,Unspecified,Open,,,,PHONE",
                "6,03/01/2011 10:00:00 AM,,NYPD",
                ",,,,,,,,,,",
                "8,03/01/2011 11:00:00 AM,,NYPD,Noise,Loud Party,Open,,,,MOBILE",
            ]),
        );
        let report = json(&[&path]);
        let refused: Vec<_> = report["refused"].as_array().unwrap().iter().collect();
        let told: Vec<_> = refused
            .iter()
            .map(|row| (row["line"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                (4, "it was closed before it was created"),
                (5, "closed date: 1900-01-01 is a placeholder, not a date"),
                (6, "created date: 02/30/2011 10:00:00 AM is no time"),
                (7, "there is no text and no subject"),
                (8, "it has 4 fields where the header has 11"),
                (9, "there is no created date"),
            ]
        );
        assert!(refused.iter().all(|row| row["file"] == path.as_str()));
        assert_eq!((&report["rows"], &report["opened"]), (&json!(8), &json!(2)));
        assert_eq!(report["channels"], json!({ "mobile": 1, "phone": 1 }));
        assert_eq!(report["stages"]["resolved"], 1, "nothing of a refused row is stored");
    }

    #[test]
    fn a_closing_without_a_time_has_no_verdict() {
        let path = file(
            "no-close.csv",
            city(&[
                "1,03/01/2011 10:00:00 AM,,NYPD,Noise,Loud,Closed,03/02/2011 10:00:00 AM,Done.,,PHONE",
                "2,03/09/2011 10:00:00 AM,,NYPD,Noise,Loud,Open,,,,PHONE",
            ]),
        );
        let report = json(&[path.as_str(), "--policy", "house-standard"]);
        assert_eq!(report["deadlines"]["promise"], json!(no_deadline()));
        assert_eq!(report["deadlines"]["resolve"]["moot"], 1);
        assert_eq!(report["deadlines"]["resolve"]["late"], 0);
        assert_eq!(report["durations"]["resolve"]["n"], 0);
        assert_eq!(report["stages"]["resolved"], 1);
    }

    fn no_deadline() -> Value {
        json!({
            "met": 0, "late": 0, "overdue": 0, "running": 0, "paused": 0, "excused": 0, "waived": 0,
            "moot": 0, "lapsed": 0,
        })
    }

    #[test]
    fn the_hour_that_the_clocks_show_twice() {
        // 1:50 in summer time, closed twenty minutes later at 1:10 in winter time.
        let path = file(
            "fold.csv",
            city(&["1,11/06/2011 01:50:00 AM,11/06/2011 01:10:00 AM,NYPD,Noise,Loud,Closed,,Done.,,PHONE"]),
        );
        let report = json(&[&path]);
        assert_eq!(report["refused"], json!([]));
        assert_eq!(report["durations"]["resolve"]["median_seconds"], 20 * 60);
    }

    #[test]
    fn equal_rows_without_an_id_are_as_many_cases() {
        let header = "Date received,Product,Issue,Company,Date sent to company,Company response";
        let row = "7/29/2013,Mortgage,Other,Bank,7/28/2013,In progress";
        let first = file("equal.csv", format!("{header}\r\n{row}\r\n{row}\r\n{row}\r\n"));
        let again = file("equal-2.csv", format!("{header}\n{row}\n{row}\n"));
        let report = json(&[first, again]);
        assert_eq!((&report["opened"], &report["duplicates"]), (&json!(3), &json!(2)));
        assert_eq!(report["warnings"].as_object().unwrap().values().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn odd_characters_stop_nothing() {
        let mut bytes =
            b"Date received,Product,Issue,Company,Date sent to company,Company response\n".to_vec();
        bytes
            .extend("2014-10-10,Mortgage,Other,\"Altis, S.\u{85} r.l. @ +1\",2014-10-11,Closed\n".as_bytes());
        bytes.extend(b"2014-10-10,Mortgage,Caf\xe9,Bank,2014-10-11,Closed\n");
        let report = json(&[file("odd.csv", &bytes)]);
        assert_eq!((&report["opened"], &report["refused"]), (&json!(2), &json!([])));
        assert_eq!(report["rejections"], json!([]));
        assert_eq!(report["durations"]["hand-over"]["median_seconds"], 86_400);
    }

    #[test]
    fn a_fact_that_the_workflow_refuses_is_told() {
        let path = file(
            "refused.csv",
            "id,received_at,body,contact,answered_at,answer\n1,2026-03-02 09:00,It leaks.,a@example.org,2026-03-03,satisfied\n",
        );
        let report = json(&[&path]);
        assert_eq!(report["opened"], 1);
        let rejection = &report["rejections"][0];
        assert_eq!((&rejection["line"], &rejection["fact"]), (&json!(2), &json!("answered")));
        assert!(rejection["reason"].as_str().unwrap().contains("missing: a resolution"), "{rejection}");
    }

    #[test]
    fn a_no_reply_address_is_refused_with_its_row() {
        let path = file(
            "no-reply.csv",
            "id,received_at,body,reply_to\n1,2026-03-02,It leaks.,no-reply@shop.example\n2,2026-03-02,It drips.,care@shop.example\n",
        );
        let report = json(&[&path]);
        assert_eq!(report["opened"], 1);
        assert!(report["refused"][0]["reason"].as_str().unwrap().starts_with("reply_to: nobody reads"));
    }

    #[test]
    fn an_empty_file_and_a_header_alone() {
        let report = json(&[file("header.csv", format!("{CITY}\n"))]);
        assert_eq!((&report["rows"], &report["opened"]), (&json!(0), &json!(0)));
        assert_eq!(replay(&[file("empty.csv", "")]).code, 1);
    }
}

mod called {
    use super::*;

    #[test]
    fn wrongly() {
        for args in [
            ["--colour"].as_slice(),
            &["--format"],
            &["--format", "excel"],
            &["--policy", "none"],
            &["--policy", "us-reg-e", "--variant", "gold"],
            &["--policy", "review-floor", "--variant", "gold"],
            &["--variant", "credited"],
            &["--as-of", "yesterday"],
            &["--as-of", "2026-02-30"],
            &["--json=yes"],
            &["--backend", "paper"],
            &["--backend", "sqlite:"],
            &["--backend", "postgres:"],
        ] {
            let played = replay(args);
            assert_eq!((played.code, played.out.as_str()), (2, ""), "{args:?}");
            assert!(played.err.contains("--help"), "{args:?}: {}", played.err);
        }
    }

    #[cfg(not(feature = "sqlite"))]
    #[test]
    fn for_a_backend_that_this_build_lacks() {
        let played = replay(&["--backend", "sqlite:store.db"]);
        assert_eq!(
            (played.code, played.err.contains("--features sqlite-bundled")),
            (2, true),
            "{}",
            played.err
        );
    }

    #[cfg(not(feature = "postgres-deadpool"))]
    #[test]
    fn for_a_server_that_this_build_cannot_reach() {
        let played = replay(&["--backend", "postgres://me@localhost/shop"]);
        let named = played.err.contains("--features postgres-deadpool");
        assert_eq!((played.code, named), (2, true), "{}", played.err);
    }

    /// The report is that of the play in memory, and a second play into the same schema changes nothing.
    #[cfg(feature = "postgres-deadpool")]
    #[test]
    fn with_a_server() {
        let Some(database) = crate::backend::postgres::world::Database::create("play") else { return };
        let backend = format!("--backend={}", database.backend());
        let in_memory = without_speed(json::<&str>(&[]));
        assert_eq!(without_speed(json(&[&backend])), in_memory);
        let again = json(&[&backend]);
        for part in ["opened", "stages", "closed", "deadlines", "reopened"] {
            assert_eq!(again[part], in_memory[part], "{part}");
        }
        let nowhere = replay(&["--backend", "postgres://nobody@127.0.0.1:1/nothing"]);
        assert_eq!((nowhere.code, nowhere.err.contains("--backend")), (1, true), "{}", nowhere.err);
    }

    /// The report is that of the play in memory, and a second play into the same file changes nothing.
    #[cfg(feature = "sqlite")]
    #[test]
    fn with_a_file_that_stays() {
        let path = crate::scratch::Scratch::new();
        let backend = format!("--backend=sqlite:{}", path.file("store.db").display());
        let in_memory = without_speed(json::<&str>(&[]));
        assert_eq!(without_speed(json(&[&backend])), in_memory);
        let again = json(&[&backend]);
        for part in ["opened", "stages", "closed", "deadlines", "reopened"] {
            assert_eq!(again[part], in_memory[part], "{part}");
        }
        let damaged = path.file("letter.txt");
        fs::write(&damaged, "Dear customer").unwrap();
        let refused = replay(&["--backend", &format!("sqlite:{}", damaged.display())]);
        assert_eq!(
            (refused.code, refused.err.contains("not a store of talkback")),
            (1, true),
            "{}",
            refused.err
        );
    }

    #[test]
    fn with_a_preset_and_its_variant() {
        let path = file(
            "preset.csv",
            "received_at,body,contact,reply_to,acknowledged_at,resolved_at,outcome\n\
             2026-03-02 09:00,The meter is wrong.,ann@example.com,care@shop.example,2026-03-02 10:00,2026-03-20 10:00,fixed\n\
             2026-04-07 09:00,No line.,ann@example.com,care@shop.example,2026-04-07 10:00,2026-05-27 10:00,fixed\n\
             2026-04-09 09:00,No line.,ann@example.com,care@shop.example,2026-04-09 10:00,2026-05-27 10:00,fixed\n",
        );
        let ended = |args: &[&str]| {
            let report = json(&[&[path.as_str(), "--policy"], args].concat());
            let resolve = &report["deadlines"]["resolve"];
            [&resolve["met"], &resolve["late"]].map(|count| count.as_u64().unwrap())
        };
        assert_eq!(ended(&["house-standard"]), [0, 3]);
        assert_eq!(ended(&["uk-fca-disp"]), [3, 0]);
        // Six weeks instead of eight for the one that spoke after the change.
        assert_eq!(ended(&["uk-ofcom"]), [2, 1]);
        assert_eq!(ended(&["us-reg-e"]), [0, 3]);
        assert_eq!(ended(&["us-reg-e", "--variant", "credited"]), [1, 2]);
        assert_eq!(ended(&["us-reg-e", "--variant=pos-foreign"]), [3, 0]);
        let Some(files) = data(&[CFPB]) else { return };
        let report = json(&[files[0].as_str(), "--policy", "us-cfpb"]);
        let resolve = &report["deadlines"]["resolve"];
        assert_eq!((&resolve["met"], &resolve["late"]), (&json!(0), &json!(0)), "no answer has a time");
        assert_eq!(resolve["moot"], 4_152 - 709 - 61);
    }

    #[test]
    fn with_files_that_cannot_be_played() {
        let nowhere = replay(&["/nowhere/at/all.csv"]);
        assert_eq!(nowhere.code, 1);
        assert!(nowhere.err.contains("/nowhere/at/all.csv"));
        let unknown = replay(&[file("unknown.csv", "a,b,c\n1,2,3\n")]);
        assert_eq!((unknown.code, unknown.err.contains("no known layout")), (1, true), "{}", unknown.err);
        let misspelt = replay(&[file("misspelt.csv", "received_at,boddy\n2026-03-02,x\n")]);
        assert_eq!((misspelt.code, misspelt.err.contains("\"boddy\"")), (1, true), "{}", misspelt.err);
    }

    /// A pipe that nobody reads any more, or a disk that is full.
    struct Shut(std::io::ErrorKind);

    impl std::io::Write for Shut {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn by_a_reader_who_goes_away() {
        use std::io::ErrorKind::{BrokenPipe, StorageFull};
        for args in [["--help"].as_slice(), &[], &["--json"]] {
            for (kind, code) in [(BrokenPipe, 0), (StorageFull, 1)] {
                let args = args.iter().map(|arg| (*arg).to_owned());
                assert_eq!(example::run(args, &mut Shut(kind), &mut Vec::new()), code, "{kind:?}");
            }
        }
    }

    #[test]
    fn for_help_which_documents_every_key_and_column() {
        let help = replay(&["--help"]).out;
        for key in json::<&str>(&[]).as_object().unwrap().keys() {
            assert!(help.contains(key.as_str()), "{key}");
        }
        for column in example::format::feedback::COLUMNS {
            assert!(help.contains(column), "{column}");
        }
    }

    #[test]
    fn with_one_object_that_has_every_stage_and_deadline() {
        let report = json::<&str>(&[]);
        for stage in Stage::ALL {
            assert!(report["stages"][stage.as_str()].is_u64(), "{stage}");
        }
        for kind in DeadlineKind::ALL {
            assert!(report["deadlines"][kind.as_str()]["met"].is_u64(), "{kind}");
        }
    }
}
