//! A backend that fails now and then, always at the same places for the same seed.

use std::sync::Mutex;
use std::task::Poll;

use async_trait::async_trait;

use crate::backend::{
    Backend, BackendError, Claim, Claimed, Commit, Committed, Erased, Erasure, EventPage, EventQuery, Find,
    Load, Loaded, Page, Settlement, TextQuery,
};
use crate::text::Text;

/// How often each fault happens, in a thousand calls. What is left goes well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// An error before anything was done: [`BackendError::Unavailable`].
    pub before: u16,
    /// An error after everything was done: [`BackendError::Unknown`] for a commit, else `Unavailable`.
    pub after: u16,
    /// The call is handed on and never answered: whoever waits has to give up.
    pub hang: u16,
    /// The call is handed on twice, and the second answer counts: a request that the network repeated.
    pub repeat: u16,
    /// The answer takes some polls more.
    pub delay: u16,
}

impl Faults {
    /// Nothing fails.
    pub const NONE: Self = Self { before: 0, after: 0, hang: 0, repeat: 0, delay: 0 };

    /// Three calls in ten fail or are slow, and none hangs.
    pub const MANY: Self = Self { before: 75, after: 75, hang: 0, repeat: 75, delay: 75 };
}

/// A backend that fails now and then: for the tests of applications, and of ours.
///
/// It keeps every promise of the contract, which allows such errors at any call: what was answered with an
/// error was done wholly or not at all. Which calls fail follows from the seed and the order of the calls.
///
/// ```
/// use talkback::MemoryBackend;
/// use talkback::testing::{Faults, FaultyBackend};
///
/// let backend = FaultyBackend::new(MemoryBackend::new(), 7, Faults::MANY);
/// // ... a phase in which anything may fail ...
/// backend.set(Faults::NONE);
/// // ... and one in which everything has to come right.
/// ```
#[derive(Debug)]
pub struct FaultyBackend<B> {
    inner: B,
    dice: Mutex<Dice>,
}

#[derive(Debug)]
struct Dice {
    state: u64,
    faults: Faults,
}

/// What happens to a call.
enum Fate {
    Well,
    Before,
    After,
    Hang,
    Repeat,
    Delay(u8),
}

impl<B: Backend> FaultyBackend<B> {
    /// A backend that fails as often as it is told.
    pub const fn new(inner: B, seed: u64, faults: Faults) -> Self {
        Self { inner, dice: Mutex::new(Dice { state: seed, faults }) }
    }

    /// Fails more or less often from now on.
    pub fn set(&self, faults: Faults) {
        self.dice().faults = faults;
    }

    /// The backend behind it.
    pub const fn inner(&self) -> &B {
        &self.inner
    }

    fn dice(&self) -> std::sync::MutexGuard<'_, Dice> {
        // Whoever panicked with it left two numbers that are as good as any.
        self.dice.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn fate(&self) -> Fate {
        self.dice().roll()
    }
}

impl Dice {
    /// The next number of splitmix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn roll(&mut self) -> Fate {
        let mut left = u16::try_from(self.next() % 1_000).unwrap_or_default();
        let polls = u8::try_from(self.next() % 4).unwrap_or_default();
        let Faults { before, after, hang, repeat, delay } = self.faults;
        let fates = [
            (before, Fate::Before),
            (after, Fate::After),
            (hang, Fate::Hang),
            (repeat, Fate::Repeat),
            (delay, Fate::Delay(polls)),
        ];
        for (share, fate) in fates {
            if left < share {
                return fate;
            }
            left -= share;
        }
        Fate::Well
    }
}

fn unavailable() -> BackendError {
    BackendError::unavailable("a fault that a test asked for")
}

/// Takes so many polls.
async fn polls(mut left: u8) {
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Hands a call on as its fate has it. `$after` is the error that tells nothing.
macro_rules! fateful {
    ($self:ident.$method:ident($request:ident), $after:expr) => {{
        match $self.fate() {
            Fate::Well => $self.inner.$method($request).await,
            Fate::Before => Err(unavailable()),
            Fate::After => {
                let after = $after;
                $self.inner.$method($request).await?;
                Err(after)
            }
            Fate::Hang => {
                let _ = $self.inner.$method($request).await;
                std::future::pending().await
            }
            Fate::Repeat => {
                let _ = $self.inner.$method($request.clone()).await;
                $self.inner.$method($request).await
            }
            Fate::Delay(count) => {
                polls(count).await;
                $self.inner.$method($request).await
            }
        }
    }};
}

#[async_trait]
impl<B: Backend> Backend for FaultyBackend<B> {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        fateful!(self.load(request), unavailable())
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        let command = request.command.as_ref().map(|command| command.id);
        fateful!(self.commit(request), BackendError::Unknown { command })
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        fateful!(self.find(request), unavailable())
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        fateful!(self.events(request), unavailable())
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        fateful!(self.texts(request), unavailable())
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        fateful!(self.erase(request), unavailable())
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        fateful!(self.claim(request), unavailable())
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        fateful!(self.settle(request), unavailable())
    }
}
