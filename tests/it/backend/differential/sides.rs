//! The backends side by side.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use talkback::backend::*;
use talkback::{Case, Desk, ManualClock, MemoryBackend, TenantId, Text};

use crate::workflow::generate::start;
use crate::workflow::policies::{book, edited_book};

/// One of the backends, reached in one way or in several, such as at each isolation level.
pub(super) struct Side {
    pub(super) name: &'static str,
    ways: Vec<Way>,
    way: usize,
    edited: bool,
}

/// How a backend is reached, and the desks before it: by the policies as they were, and with an edited calendar.
struct Way {
    backend: Arc<dyn Backend>,
    desk: Desk,
    edited: Desk,
}

impl Side {
    fn new(
        name: &'static str,
        ways: Vec<Arc<dyn Backend>>,
        tenant: &TenantId,
        clock: &Arc<ManualClock>,
    ) -> Self {
        let way = |backend: Arc<dyn Backend>| {
            let desk = |book| Desk::new(backend.clone(), book, clock.clone(), tenant.clone());
            Way { desk: desk(book()), edited: desk(edited_book()), backend: backend.clone() }
        };
        Self { name, ways: ways.into_iter().map(way).collect(), way: 0, edited: false }
    }

    pub(super) fn backend(&self) -> &dyn Backend {
        &*self.ways[self.way].backend
    }

    pub(super) fn desk(&self) -> &Desk {
        let way = &self.ways[self.way];
        if self.edited { &way.edited } else { &way.desk }
    }

    /// From now on it is reached in this way.
    pub(super) fn go_by(&mut self, way: usize) {
        self.way = way % self.ways.len();
    }

    /// From now on the application has the other calendar.
    pub(super) fn edit(&mut self) {
        self.edited = !self.edited;
    }
}

/// Where one life is lived.
pub(super) struct Sides {
    pub(super) sides: Vec<Side>,
    pub(super) tenant: TenantId,
    pub(super) clock: Arc<ManualClock>,
}

/// What lives share: a server, if there is one.
pub(super) struct World {
    #[cfg(feature = "postgres-deadpool")]
    server: Option<server::Server>,
    lived: Cell<u32>,
    stale: bool,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(feature = "postgres-deadpool")]
            server: server::Server::reached(),
            lived: Cell::new(0),
            stale: false,
        }
    }

    /// Memory, and a memory that does not follow its records.
    pub(super) fn with_a_stale_one() -> Self {
        Self {
            #[cfg(feature = "postgres-deadpool")]
            server: None,
            lived: Cell::new(0),
            stale: true,
        }
    }

    /// How many there are.
    pub(super) fn backends(&self) -> usize {
        self.sides().sides.len()
    }

    /// Runs one life on fresh sides.
    pub(super) fn lives<T>(&self, life: impl AsyncFnOnce(Sides) -> T) -> T {
        let life = life(self.sides());
        #[cfg(feature = "postgres-deadpool")]
        if let Some(server) = &self.server {
            return server.runtime.block_on(life);
        }
        pollster::block_on(life)
    }

    fn sides(&self) -> Sides {
        self.lived.set(self.lived.get() + 1);
        let tenant = TenantId::new(format!("life-{}", self.lived.get())).unwrap();
        let clock = Arc::new(ManualClock::at(start()));
        let side = |name, ways| Side::new(name, ways, &tenant, &clock);
        let mut sides = vec![side("memory", vec![Arc::new(MemoryBackend::new()) as Arc<dyn Backend>])];
        if self.stale {
            sides.push(side("stale", vec![Arc::new(Stale::default()) as Arc<dyn Backend>]));
            return Sides { sides, tenant, clock };
        }
        #[cfg(feature = "sqlite")]
        sides.push(side("sqlite", vec![Arc::new(talkback::SqliteBackend::open_in_memory().unwrap())]));
        #[cfg(feature = "postgres-deadpool")]
        if let Some(server) = &self.server {
            sides.push(side("postgres", server.levels.clone()));
        }
        Sides { sides, tenant, clock }
    }
}

#[cfg(feature = "postgres-deadpool")]
mod server {
    use std::sync::Arc;

    use talkback::Backend;
    use tokio::runtime::{Builder, Runtime};

    use crate::backend::postgres::world::{at_level, pool, world};

    /// A store of its own on the tests' server, at each isolation level.
    pub(super) struct Server {
        pub(super) runtime: Runtime,
        pub(super) levels: Vec<Arc<dyn Backend>>,
    }

    impl Server {
        /// `None`, loudly, where there is none; in CI there has to be one.
        pub(super) fn reached() -> Option<Self> {
            let world = world()?;
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let (_, schema) = runtime.block_on(world.store());
            let at = |level| {
                Arc::new(world.backend(pool(&at_level(&world.config, level), 1), &schema)) as Arc<dyn Backend>
            };
            let levels = ["read committed", "repeatable read", "serializable"].map(at).to_vec();
            Some(Self { runtime, levels })
        }
    }
}

/// A memory that goes on listing each record by when it was first stored as opened.
#[derive(Debug, Default)]
struct Stale {
    inner: MemoryBackend,
    opened: Mutex<HashMap<Key, DateTime<Utc>>>,
}

impl Stale {
    fn index(&self, record: &Record) -> Index {
        let index = record.index();
        let opened = self.opened.lock().unwrap().get(&record.key()).copied();
        Index { opened: opened.unwrap_or(index.opened), ..index }
    }
}

#[async_trait]
impl Backend for Stale {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.inner.load(request).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        for write in &request.writes {
            let opened = write.record.index().opened;
            self.opened.lock().unwrap().entry(write.record.key()).or_insert(opened);
        }
        self.inner.commit(request).await
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        let after = request.after()?;
        let (query, limit) = (&request.query, request.page.limit);
        let everything = CaseQuery::new(query.tenant.clone());
        let all = self.inner.find(Find::new(everything, PageRequest::first(MAX_LIMIT))).await?;
        let place = |found: &Found| (query.order.of(&self.index(&found.record)), found.record.key().id);
        let mut items: Vec<Found> = all.items.into_iter().map(Result::unwrap).collect();
        items.retain(|found| query.matches(&self.index(&found.record), found.quarantined));
        items.sort_by(|a, b| query.compare(&self.index(&a.record), &self.index(&b.record)));
        if let Some((at, id)) = after {
            let behind = |found: &Found| match query.direction {
                Direction::Ascending => place(found) > (Some(at), id),
                Direction::Descending => place(found) < (Some(at), id),
            };
            items.retain(behind);
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().map(place).filter(|_| more);
        let next = last.and_then(|(at, id)| Some(query.cursor(at?, id)));
        Ok(Page { items: items.into_iter().map(Ok).collect(), next })
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        self.inner.events(request).await
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        self.inner.texts(request).await
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.inner.erase(request).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        self.inner.claim(request).await
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.inner.settle(request).await
    }
}

/// A case as one side has it.
pub(super) async fn case_at(side: &Side, case: talkback::CaseId) -> Option<Arc<Case>> {
    side.desk().load(case).await.unwrap()
}
