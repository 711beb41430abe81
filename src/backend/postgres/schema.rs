//! The schema that everything is stored in, and how it gets there.

use std::fmt;

use super::{Store, call, failed::Failed};
use crate::backend::BackendError;

/// The name of a database schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Schema(String);

/// Why a name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a schema is named by up to 40 lower-case letters, digits and _, does not begin with a digit or pg_")]
pub struct SchemaError;

impl Schema {
    /// A schema by its name: up to 40 of `a-z`, `0-9` and `_`, no digit first, and not beginning with `pg_`.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub fn new(name: impl Into<String>) -> Result<Self, SchemaError> {
        let name = name.into();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let begins = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        let fits = name.len() <= 40 && begins && name.chars().all(allowed) && !name.starts_with("pg_");
        if fits { Ok(Self(name)) } else { Err(SchemaError) }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with this schema in place of `{schema}`. Quoted, because some names are words of SQL.
    pub(super) fn fill(&self, sql: &str) -> String {
        sql.replace("{schema}", &format!("\"{}\"", self.0))
    }
}

/// `talkback`.
impl Default for Schema {
    fn default() -> Self {
        Self("talkback".to_owned())
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One step from an empty database to the present schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its number, from 1 on.
    pub number: u32,
    /// What it is about.
    pub name: &'static str,
    /// The whole step, to be run in one transaction. It records itself.
    pub sql: String,
}

const STEPS: &[(&str, &str)] = &[
    ("tables", include_str!("migrations/0001_tables.sql")),
    ("tenants", include_str!("migrations/0002_tenants.sql")),
    ("commits", include_str!("migrations/0003_commits.sql")),
    ("work", include_str!("migrations/0004_work.sql")),
];

/// Every step, for an application that migrates with a tool of its own.
#[must_use]
pub fn migrations(schema: &Schema) -> Vec<Migration> {
    (1..)
        .zip(STEPS)
        .map(|(number, (name, sql))| {
            let done =
                format!("\nINSERT INTO {{schema}}.migrations (number, name) VALUES ({number}, '{name}');\n");
            Migration { number, name, sql: schema.fill(&format!("{sql}{done}")) }
        })
        .collect()
}

/// What a role needs that only uses the store, as a script for its owner to run. It can neither change
/// nor remove an event.
#[must_use]
pub fn grants(schema: &Schema, role: &str) -> String {
    let role = format!("\"{}\"", role.replace('"', "\"\""));
    schema.fill(include_str!("migrations/grants.sql")).replace("{role}", &role)
}

impl Store {
    /// The number of the last step that was taken, 0 for none.
    pub(super) async fn migrated(&self) -> Result<u32, BackendError> {
        let exists = call::only(self.call_once(&self.statements.has_schema, &[]).await?)?;
        if !call::column::<bool>(&exists, 0)? {
            return Ok(0);
        }
        let last = call::only(self.call_once(&self.statements.last_migration, &[]).await?)?;
        let last: i32 = call::column(&last, 0)?;
        Ok(u32::try_from(last).unwrap_or(0))
    }

    /// Takes the steps that are missing, in one transaction. Whoever starts at the same time waits, and
    /// finds nothing left to do.
    pub(super) async fn migrate(&self) -> Result<(), BackendError> {
        loop {
            let last = self.migrated().await?;
            let missing: Vec<_> =
                migrations(&self.schema).into_iter().filter(|step| step.number > last).collect();
            if missing.is_empty() {
                return Ok(());
            }
            // Sent as one text, it is one transaction, of which nothing is left open however it ends.
            let begin = include_str!("migrations/begin.sql").replace("{last}", &last.to_string());
            let mut script = self.schema.fill(&begin);
            missing.iter().for_each(|step| script.push_str(&step.sql));
            match self.run_script(&script).await {
                Ok(()) => return Ok(()),
                // Somebody else took the steps meanwhile.
                Err(Failed::Refused(error)) if error.code() == MOVED_ON => {}
                Err(failed) => return Err(failed.into()),
            }
        }
    }
}

/// Raised by `begin.sql`.
const MOVED_ON: &str = "TB001";

/// The number of the last step.
pub(super) fn newest() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_a_plain_name() {
        for name in ["talkback", "_a1", "user", "x"] {
            assert!(Schema::new(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "A", "a-b", "a\"b", "a b", "pg_x", "ä", &"x".repeat(41)] {
            assert_eq!(Schema::new(name), Err(SchemaError), "{name}");
        }
    }

    #[test]
    fn no_place_is_left_unfilled() {
        let schema = Schema::new("feedback").unwrap();
        for step in migrations(&schema) {
            assert!(step.sql.contains("\"feedback\".") && !step.sql.contains("{schema}"), "{}", step.name);
        }
        let grants = grants(&schema, "the \"app\"");
        assert!(grants.contains("\"the \"\"app\"\"\"") && !grants.contains('{'), "{grants}");
    }
}
