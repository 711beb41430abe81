//! Columns that stand under each other.

use std::io::{self, Write};

/// On which side of its column a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// The widest that a column gets; longer texts are cut.
const WIDEST: usize = 72;

pub(super) struct Table {
    header: Vec<String>,
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
    note: Option<String>,
}

impl Table {
    /// A table whose columns stand on the right.
    pub(super) fn new(header: &[&str]) -> Self {
        let sides = vec![Side::Right; header.len()];
        let header = header.iter().map(|&title| title.to_owned()).collect();
        Self { header, sides, rows: Vec::new(), note: None }
    }

    pub(super) fn left(&mut self, columns: impl IntoIterator<Item = usize>) {
        for column in columns {
            if let Some(side) = self.sides.get_mut(column) {
                *side = Side::Left;
            }
        }
    }

    pub(super) fn sides(&mut self, sides: impl IntoIterator<Item = Side>) {
        self.sides = sides.into_iter().collect();
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| cell.chars().take(WIDEST).collect()).collect());
    }

    /// A line under the table.
    pub(super) fn note(&mut self, note: String) {
        self.note = Some(note);
    }

    /// Writes it with an empty line behind it; nothing at all if it has no rows.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let all = || [&self.header].into_iter().chain(&self.rows);
        let width = |column: usize| {
            all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<_> = (0..self.header.len()).map(width).collect();
        let rule = widths.iter().map(|width| "─".repeat(*width)).collect();
        for row in [&self.header, &rule].into_iter().chain(&self.rows) {
            let cells = row.iter().zip(&widths).zip(&self.sides).map(|((cell, width), side)| match side {
                Side::Left => format!("{cell:<width$}"),
                Side::Right => format!("{cell:>width$}"),
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            writeln!(out, "{}", line.trim_end())?;
        }
        if let Some(note) = &self.note {
            writeln!(out, "{note}")?;
        }
        writeln!(out)
    }
}
