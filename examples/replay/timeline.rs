//! The rows of all files in the order of time, without holding any of them.
//!
//! A first pass over each file checks every row and keeps, for each case, where its row begins and
//! when it was received: some fifty bytes. The second pass reads the rows again, in that order, by
//! jumping to where they begin.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};

use chrono::{DateTime, Utc};
use talkback::CaseId;

use super::Failure;
use super::format::{self, Fields, Format, Header, Row, feedback};

/// How many rows of a file are read between two lines of progress.
const PROGRESS: u64 = 50_000;

/// The files, and where each case begins in them.
pub(crate) struct Timeline {
    sources: Vec<Source>,
    openings: Vec<Opening>,
    cases: HashSet<CaseId>,
    /// Rows that cannot be used.
    pub(crate) refused: Vec<Refused>,
    /// The last time at which something happened.
    pub(crate) last: Option<DateTime<Utc>>,
}

/// A row that cannot be used, or a fact of one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Refused {
    pub(crate) file: String,
    pub(crate) line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fact: Option<&'static str>,
    pub(crate) reason: String,
}

/// What a file was found to hold.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Counted {
    pub(crate) file: String,
    pub(crate) format: &'static str,
    pub(crate) rows: u64,
    pub(crate) opened: u64,
    pub(crate) duplicates: u64,
    pub(crate) refused: u64,
}

/// Where a case begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opening {
    pub(crate) at: DateTime<Utc>,
    pub(crate) case: CaseId,
    pub(crate) source: u16,
    pub(crate) line: u64,
    byte: u64,
}

struct Source {
    reader: csv::Reader<Input>,
    header: Header,
    format: Format,
    counted: Counted,
}

pub(crate) type Input = Box<dyn ReadSeek>;

pub(crate) trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// A file on disk.
pub(crate) fn file(path: &str) -> Result<Input, Failure> {
    let file = File::open(path).map_err(|why| Failure::file(path, &why))?;
    let regular = file.metadata().is_ok_and(|metadata| metadata.is_file());
    if regular { Ok(Box::new(file)) } else { Err(Failure::file(path, &"this is no regular file")) }
}

/// A file in the program.
pub(crate) fn text(text: &'static str) -> Input {
    Box::new(Cursor::new(text.as_bytes()))
}

impl Timeline {
    pub(crate) fn new() -> Self {
        Self {
            sources: Vec::new(),
            openings: Vec::new(),
            cases: HashSet::new(),
            refused: Vec::new(),
            last: None,
        }
    }

    /// The first pass over a file.
    pub(crate) fn read(
        &mut self,
        name: &str,
        input: Input,
        format: Option<Format>,
        progress: &mut dyn Write,
    ) -> Result<(), Failure> {
        let number = u16::try_from(self.sources.len()).map_err(|_| Failure::file(name, &"too many files"))?;
        let mut source = Source::open(name, input, format)?;
        // How often each row without an id was seen in this file.
        let mut seen: HashMap<CaseId, u32> = HashMap::new();
        let mut record = csv::ByteRecord::new();
        while source.reader.read_byte_record(&mut record).map_err(|why| Failure::file(name, &why))? {
            source.counted.rows += 1;
            if source.counted.rows.is_multiple_of(PROGRESS) {
                writeln!(progress, "{name}: {} rows read", source.counted.rows)?;
            }
            let (line, byte) = record.position().map_or((0, 0), |at| (at.line(), at.byte()));
            let text = format::decoded(std::mem::take(&mut record));
            let fields = Fields { header: &source.header, record: &text };
            let row = match source.format.read(&fields) {
                Ok(row) => row,
                Err(reason) => {
                    source.counted.refused += 1;
                    self.refused.push(Refused { file: name.to_owned(), line, fact: None, reason });
                    continue;
                }
            };
            let case = match &row.id {
                Some(id) => source.format.case(id),
                None => {
                    let count = seen.entry(source.format.case_of_fields(&fields, 0)).or_default();
                    *count += 1;
                    source.format.case_of_fields(&fields, *count)
                }
            };
            let times = row.facts.iter().filter_map(|fact| fact.when.known()).chain([row.received_at]);
            self.last = times.chain(self.last).max();
            if self.cases.insert(case) {
                source.counted.opened += 1;
                self.openings.push(Opening { at: row.received_at, case, source: number, line, byte });
            } else {
                source.counted.duplicates += 1;
            }
        }
        self.sources.push(source);
        Ok(())
    }

    /// Ends the first pass: the cases in the order in which they were received, rows of one instant as
    /// they stand in the files. A row received after `as_of` is refused.
    pub(crate) fn sorted(&mut self, as_of: DateTime<Utc>) -> Vec<Opening> {
        self.cases = HashSet::new();
        let mut openings = std::mem::take(&mut self.openings);
        openings.sort_by_key(|opening| (opening.at, opening.source, opening.line));
        let after = openings.split_off(openings.partition_point(|opening| opening.at <= as_of));
        for opening in after {
            self.refuse(&opening, "it was received after the end of the play".to_owned());
        }
        openings
    }

    /// Counts a row as refused that the first pass had counted as opened.
    pub(crate) fn refuse(&mut self, opening: &Opening, reason: String) {
        let Some(source) = self.sources.get_mut(usize::from(opening.source)) else { return };
        source.counted.opened -= 1;
        source.counted.refused += 1;
        let file = source.counted.file.clone();
        self.refused.push(Refused { file, line: opening.line, fact: None, reason });
    }

    /// Reads a case's row again.
    pub(crate) fn row(&mut self, opening: &Opening) -> Result<(Format, Row), Failure> {
        let source = self.sources.get_mut(usize::from(opening.source));
        source.ok_or_else(|| Failure::file("?", &"there is no such file"))?.row(opening)
    }

    pub(crate) fn file(&self, source: u16) -> &str {
        self.sources.get(usize::from(source)).map_or("?", |source| &source.counted.file)
    }

    pub(crate) fn counted(&self) -> Vec<Counted> {
        self.sources.iter().map(|source| source.counted.clone()).collect()
    }
}

impl Source {
    fn open(name: &str, input: Input, format: Option<Format>) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::file(name, &why);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
        let mut record = csv::ByteRecord::new();
        let mut names = csv::StringRecord::new();
        if reader.read_byte_record(&mut record).map_err(|why| Failure::file(name, &why))? {
            if record.iter().any(|field| field.contains(&0)) {
                return Err(wrong("there are NUL bytes in its header: save it as UTF-8"));
            }
            names = format::decoded(record);
        }
        let header = Header::new(names.iter().map(|name| name.trim_start_matches('\u{feff}')));
        let format = format.or_else(|| Format::of(&header)).ok_or_else(|| {
            wrong("its columns are of no known layout; replay --help lists them, and --format names one")
        })?;
        if format == Format::Feedback {
            let unknown = header.names().iter().find(|column| !feedback::COLUMNS.contains(&column.as_str()));
            if let Some(column) = unknown {
                return Err(wrong(&format!("there is no column {column:?} in this layout")));
            }
        }
        let counted = Counted {
            file: name.to_owned(),
            format: format.name(),
            rows: 0,
            opened: 0,
            duplicates: 0,
            refused: 0,
        };
        Ok(Self { reader, header, format, counted })
    }

    fn row(&mut self, opening: &Opening) -> Result<(Format, Row), Failure> {
        let name = self.counted.file.clone();
        let wrong = |why: &dyn ToString| Failure::file(&name, why);
        if self.reader.position().byte() != opening.byte {
            let mut place = csv::Position::new();
            place.set_byte(opening.byte).set_line(opening.line);
            self.reader.seek(place).map_err(|why| wrong(&why))?;
        }
        let mut record = csv::ByteRecord::new();
        self.reader.read_byte_record(&mut record).map_err(|why| wrong(&why))?;
        let text = format::decoded(record);
        let row = self.format.read(&Fields { header: &self.header, record: &text });
        let changed = || wrong(&format!("line {} changed while it was played", opening.line));
        let row = row.map_err(|_| changed())?;
        let same = row.id.as_ref().is_none_or(|id| self.format.case(id) == opening.case);
        if same && row.received_at == opening.at { Ok((self.format, row)) } else { Err(changed()) }
    }
}
