//! Lists.

use tokio_postgres::types::{ToSql, Type};

use super::Store;
use super::at::At;
use super::call::{Call, Param, column};
use super::ids::{columns, key};
use super::statements::SCOPE;
use crate::backend::stored;
use crate::backend::{BackendError, CaseQuery, Direction, Find, Found, Order, Page, TimeRange};

/// Sizes of pages that are worth a statement of their own.
const USUAL: [usize; 7] = [10, 20, 25, 50, 100, 200, 1000];

impl Store {
    pub(super) async fn find(&self, find: Find) -> Result<Page, BackendError> {
        let after = find.after()?;
        let query = &find.query;
        let mut text = Text::new(query);
        text.filter(query);
        if let Some((at, record)) = after {
            let (kind, id) = columns(record);
            text.behind(query, At::new(at), kind, id);
        }
        text.order(query, find.page.limit);
        let call = Call { sql: self.schema.fill(&text.sql), types: text.types };
        let params: Vec<Param<'_>> = text.params.iter().map(|param| &**param as Param<'_>).collect();
        // The plain lists are asked for again and again; of the others there are too many to keep.
        let answer = if query.is_only_a_span() && USUAL.contains(&find.page.limit) {
            self.call(&call, &params).await
        } else {
            self.call_once(&call, &params).await
        };
        let mut rows = answer?;
        let more = rows.len() > find.page.limit;
        rows.truncate(find.page.limit);
        let (mut items, mut last) = (Vec::with_capacity(rows.len()), None);
        for row in &rows {
            let key = key(&query.tenant, row, 0)?;
            let version = u64::try_from(column::<i64>(row, 2)?).unwrap_or(0);
            let data: String = column(row, 3)?;
            let quarantined = column(row, 5)?;
            last = Some((column::<At>(row, 4)?.instant(), key.id));
            let record = stored::decode_record(&key, version, data.as_bytes());
            items.push(record.map(|record| Found { record, quarantined }));
        }
        let next = last.filter(|_| more).map(|(at, id)| query.cursor(at, id));
        Ok(Page { items, next })
    }
}

/// A statement that grows with what the query asks for. Whatever comes from outside becomes a parameter.
struct Text {
    sql: String,
    params: Vec<Box<dyn ToSql + Send + Sync>>,
    types: Vec<Type>,
}

impl Text {
    fn new(query: &CaseQuery) -> Self {
        let time = time(query.order);
        let sql = format!(
            "{SCOPE}(SELECT record.kind, record.id, record.version, record.data, record.{time}, \
             (record.kind, record.id) IN (SELECT wake.kind, wake.id FROM {{schema}}.wakes AS wake \
             WHERE wake.tenant = scope.tenant AND wake.quarantined) AS quarantined \
             FROM {{schema}}.records AS record WHERE record.tenant = scope.tenant"
        );
        let mut text = Self { sql, params: Vec::new(), types: Vec::new() };
        text.place(query.tenant.as_str().to_owned(), Type::TEXT);
        text
    }

    /// The place of one more parameter.
    fn place(&mut self, param: impl ToSql + Send + Sync + 'static, kind: Type) -> String {
        self.params.push(Box::new(param));
        self.types.push(kind);
        format!("${}", self.params.len())
    }

    fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    fn filter(&mut self, query: &CaseQuery) {
        self.any_of("stage", query.stages.iter().map(|stage| stage.as_str()));
        self.any_of("topic", query.kinds.iter().map(crate::feedback::FeedbackKind::as_str));
        self.any_or_none(
            "owner",
            query.owners.iter().map(|owner| owner.as_ref().map(crate::id::StaffId::as_str)),
        );
        self.any_or_none("team", query.teams.iter().map(|team| team.as_ref().map(crate::id::TeamId::as_str)));
        self.any_of("customer", query.customers.iter().map(crate::id::CustomerId::as_str));
        self.any_of("priority", query.priorities.iter().map(|priority| priority.as_str()));
        if !query.labels.is_empty() {
            let labels: Vec<_> = query.labels.iter().map(|label| label.as_str().to_owned()).collect();
            let place = self.place(labels, Type::TEXT_ARRAY);
            self.and(&format!("record.labels @> {place}"));
        }
        self.within("opened", query.opened);
        self.within("updated", query.updated);
        if let Some(before) = query.wake_up_before {
            self.within("wake_up", TimeRange { from: None, until: Some(before) });
        }
        if let Some(quarantined) = query.quarantined {
            let not = if quarantined { "" } else { "NOT " };
            self.and(&format!(
                "{not}EXISTS (SELECT FROM {{schema}}.wakes AS wake WHERE wake.tenant = scope.tenant \
                 AND wake.kind = record.kind AND wake.id = record.id AND wake.quarantined)"
            ));
        }
        match query.order {
            Order::WakeUp => self.and("record.wake_up IS NOT NULL"),
            Order::Due => self.and("record.due IS NOT NULL"),
            Order::Opened | Order::Updated => {}
        }
    }

    fn any_of<'a>(&mut self, column: &str, wanted: impl Iterator<Item = &'a str>) {
        let wanted: Vec<_> = wanted.map(str::to_owned).collect();
        if !wanted.is_empty() {
            let place = self.place(wanted, Type::TEXT_ARRAY);
            self.and(&format!("record.{column} = ANY ({place})"));
        }
    }

    fn any_or_none<'a>(&mut self, column: &str, wanted: impl Iterator<Item = Option<&'a str>>) {
        let all: Vec<_> = wanted.collect();
        let named: Vec<_> = all.iter().flatten().map(|name| (*name).to_owned()).collect();
        let or_none = all.len() > named.len();
        if all.is_empty() {
            return;
        }
        let place = self.place(named, Type::TEXT_ARRAY);
        let none = if or_none { format!(" OR record.{column} IS NULL") } else { String::new() };
        self.and(&format!("(record.{column} = ANY ({place}){none})"));
    }

    fn within(&mut self, column: &str, range: TimeRange) {
        if let Some(from) = range.from {
            let place = self.place(At::new(from), Type::TIMESTAMPTZ);
            self.and(&format!("record.{column} >= {place}"));
        }
        if let Some(until) = range.until {
            let place = self.place(At::new(until), Type::TIMESTAMPTZ);
            self.and(&format!("record.{column} < {place}"));
        }
    }

    fn behind(&mut self, query: &CaseQuery, at: At, kind: i16, id: uuid::Uuid) {
        let time = time(query.order);
        let behind = match query.direction {
            Direction::Ascending => ">",
            Direction::Descending => "<",
        };
        let at = self.place(at, Type::TIMESTAMPTZ);
        let kind = self.place(kind, Type::INT2);
        let id = self.place(id, Type::UUID);
        self.and(&format!("(record.{time}, record.kind, record.id) {behind} ({at}, {kind}, {id})"));
    }

    /// One more than asked for, to see whether there is one. In the text: of a parameter the planner would
    /// believe that it is a tenth of all there is.
    fn order(&mut self, query: &CaseQuery, limit: usize) {
        let time = time(query.order);
        let way = match query.direction {
            Direction::Ascending => "",
            Direction::Descending => " DESC",
        };
        let limit = limit.saturating_add(1);
        self.sql.push_str(&format!(
            " ORDER BY record.{time}{way}, record.kind{way}, record.id{way} LIMIT {limit}) AS item"
        ));
    }
}

const fn time(order: Order) -> &'static str {
    match order {
        Order::Opened => "opened",
        Order::Updated => "updated",
        Order::WakeUp => "wake_up",
        Order::Due => "due",
    }
}
