//! One connection, with what it remembers.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::error::Fault;
use crate::id::TenantId;

/// How many prepared statements a connection keeps: more than there are texts of statements, but for
/// the lists, whose text depends on which filters are used.
const STATEMENTS: usize = 64;

pub(super) struct Conn {
    pub(super) db: Connection,
    /// The numbers of tenants, which never change.
    tenants: HashMap<TenantId, i64>,
    /// True while one of them may yet be rolled back.
    uncertain: bool,
}

impl Conn {
    pub(super) fn new(db: Connection) -> Self {
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        Self { db, tenants: HashMap::new(), uncertain: false }
    }

    pub(super) fn sql(&self, text: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.db.prepare_cached(text)
    }

    pub(super) fn run(&self, text: &str) -> rusqlite::Result<()> {
        self.sql(text)?.execute([]).map(drop)
    }

    /// The number of a tenant, `None` if nothing was ever committed for it.
    pub(super) fn tenant(&mut self, id: &TenantId) -> rusqlite::Result<Option<i64>> {
        if let Some(num) = self.tenants.get(id) {
            return Ok(Some(*num));
        }
        let num = self
            .sql("SELECT num FROM tenants WHERE name = ?1")?
            .query_row([id.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(num) = num {
            self.tenants.insert(id.clone(), num);
        }
        Ok(num)
    }

    /// The number of a tenant, a new one if need be.
    pub(super) fn tenant_or_new(&mut self, id: &TenantId) -> Result<i64, Fault> {
        if let Some(num) = self.tenant(id)? {
            return Ok(num);
        }
        let num = self.sql("INSERT INTO tenants (name) VALUES (?1)")?.insert([id.as_str()])?;
        self.tenants.insert(id.clone(), num);
        self.uncertain = true;
        Ok(num)
    }

    pub(super) fn begin(&self) -> rusqlite::Result<()> {
        self.run("BEGIN IMMEDIATE")
    }

    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        self.run("COMMIT")?;
        self.uncertain = false;
        Ok(())
    }

    /// Takes everything back since `begin`. Whether the connection is to be used further is told by
    /// [`Conn::is_idle`].
    pub(super) fn roll_back(&mut self) {
        self.forget();
        if !self.is_idle() {
            // It failed if the transaction is still open: the caller looks.
            let _ = self.run("ROLLBACK");
        }
    }

    pub(super) fn savepoint(&self) -> rusqlite::Result<()> {
        self.run("SAVEPOINT part")
    }

    pub(super) fn keep_part(&self) -> rusqlite::Result<()> {
        self.run("RELEASE part")
    }

    /// Takes back what happened since the savepoint.
    pub(super) fn undo_part(&mut self) -> rusqlite::Result<()> {
        self.forget();
        self.run("ROLLBACK TO part")?;
        self.run("RELEASE part")
    }

    /// True if no transaction is open.
    pub(super) fn is_idle(&self) -> bool {
        self.db.is_autocommit()
    }

    /// Reads several things as of one instant.
    pub(super) fn at_once<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.run("BEGIN")?;
        let answer = read(self);
        self.roll_back();
        answer
    }

    fn forget(&mut self) {
        if std::mem::take(&mut self.uncertain) {
            self.tenants.clear();
        }
    }
}
