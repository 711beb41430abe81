//! Sending one statement.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{Format, FromSqlOwned, IsNull, ToSql, Type, to_sql_checked};

use super::Store;
use super::connections::Connection;
use super::failed::Failed;
use crate::backend::BackendError;

/// How often a statement is sent that loses races within the server.
const TRIES: u32 = 10;

/// A statement and the types of its parameters.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) sql: String,
    pub(super) types: Vec<Type>,
}

pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

impl Store {
    /// Sends a statement that was seen before.
    pub(super) async fn call(&self, call: &Call, params: &[Param<'_>]) -> Result<Vec<Row>, Failed> {
        self.send_until_alone(call, params, self.prepares).await
    }

    /// Sends a statement that may never be seen again.
    pub(super) async fn call_once(&self, call: &Call, params: &[Param<'_>]) -> Result<Vec<Row>, Failed> {
        self.send_until_alone(call, params, false).await
    }

    /// One that loses a race within the server did nothing, and sees what won when it is sent again.
    async fn send_until_alone(
        &self,
        call: &Call,
        params: &[Param<'_>],
        prepare: bool,
    ) -> Result<Vec<Row>, Failed> {
        let mut answer = self.send(call, params, prepare).await;
        for _ in 1..TRIES {
            if !answer.as_ref().is_err_and(Failed::lost_a_race) {
                break;
            }
            answer = self.send(call, params, prepare).await;
        }
        answer
    }

    async fn send(&self, call: &Call, params: &[Param<'_>], prepare: bool) -> Result<Vec<Row>, Failed> {
        let held = Held(Some(self.connections.get().await.map_err(Failed::Unsent)?));
        let params: Vec<Quiet<'_>> = params.iter().map(|param| Quiet(*param)).collect();
        let answer = held.send(call, &params, prepare).await;
        // From here on the connection is at rest.
        held.give_back(answer.as_ref().is_err_and(Failed::has_forgotten));
        answer
    }

    /// Sends statements without parameters, all or nothing.
    pub(super) async fn run_script(&self, sql: &str) -> Result<(), Failed> {
        let held = Held(Some(self.connections.get().await.map_err(Failed::Unsent)?));
        let answer = match &held.0 {
            Some(connection) => connection.client().batch_execute(sql).await.map_err(Failed::from),
            None => Ok(()),
        };
        held.give_back(false);
        answer
    }
}

/// A connection with an answer outstanding. Dropped as such, it is not given to anybody else.
struct Held(Option<Box<dyn Connection>>);

impl Held {
    async fn send(&self, call: &Call, params: &[Quiet<'_>], prepare: bool) -> Result<Vec<Row>, Failed> {
        let Some(connection) = &self.0 else { return Ok(Vec::new()) };
        let client = connection.client();
        if let Some(preparing) = prepare.then(|| connection.prepared(&call.sql, &call.types)).flatten() {
            let statement = preparing.await.map_err(Failed::unsent)?;
            let params: Vec<Param<'_>> = params.iter().map(|param| param as Param<'_>).collect();
            return Ok(client.query(&statement, &params).await?);
        }
        let typed: Vec<(Param<'_>, Type)> =
            params.iter().zip(&call.types).map(|(param, kind)| (param as Param<'_>, kind.clone())).collect();
        Ok(client.query_typed(&call.sql, &typed).await?)
    }

    fn give_back(mut self, broken: bool) {
        if let Some(connection) = self.0.take() {
            if broken { connection.discard() } else { drop(connection) }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            connection.discard();
        }
    }
}

/// A parameter that does not show itself: the driver writes parameters into its log.
struct Quiet<'a>(Param<'a>);

impl fmt::Debug for Quiet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

impl ToSql for Quiet<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.0.to_sql_checked(kind, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, kind: &Type) -> Format {
        self.0.encode_format(kind)
    }

    to_sql_checked!();
}

/// A column of an answer, by its place.
pub(super) fn column<T: FromSqlOwned>(row: &Row, place: usize) -> Result<T, BackendError> {
    row.try_get(place).map_err(BackendError::other)
}

/// The one row of a function's answer.
pub(super) fn only(rows: Vec<Row>) -> Result<Row, BackendError> {
    rows.into_iter().next().ok_or_else(|| BackendError::other("an answer without a row"))
}
