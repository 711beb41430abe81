//! Where connections come from: the application opens them, with its own pool and its own encryption.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;

use async_trait::async_trait;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use crate::backend::Cause;

/// The application's connections.
///
/// With the feature `postgres-deadpool`, a `deadpool_postgres::Pool` is one. For another pool whose
/// guards dereference to a [`Client`], it is one line:
///
/// ```
/// use async_trait::async_trait;
/// use talkback::backend::Cause;
/// use talkback::backend::postgres::{Connection, Connections, tokio_postgres::Client};
/// # #[derive(Debug)]
/// # struct Guard(Client);
/// # impl std::ops::Deref for Guard { type Target = Client; fn deref(&self) -> &Client { &self.0 } }
/// # #[derive(Debug)]
/// # struct Pool;
/// # impl Pool { async fn get_owned(&self) -> Result<Guard, std::io::Error> { std::future::pending().await } }
///
/// #[derive(Debug)]
/// struct Mine(Pool);
///
/// #[async_trait]
/// impl Connections for Mine {
///     async fn get(&self) -> Result<Box<dyn Connection>, Cause> {
///         Ok(Box::new(self.0.get_owned().await?))
///     }
/// }
/// ```
#[async_trait]
pub trait Connections: fmt::Debug + Send + Sync + 'static {
    /// A connection that nobody else uses until it is dropped, with no transaction open.
    ///
    /// # Errors
    /// Whatever keeps the application from giving one. It is reported as
    /// [`BackendError::Unavailable`](crate::backend::BackendError::Unavailable).
    async fn get(&self) -> Result<Box<dyn Connection>, Cause>;
}

/// A connection, for as long as it is held. Dropping it gives it back.
///
/// Every guard that dereferences to a [`Client`] is one. Such a guard remembers nothing, so each
/// statement is sent with its text and its types, which costs the server a little and nobody a round
/// trip.
pub trait Connection: Send + Sync {
    /// The driver's side of it.
    fn client(&self) -> &Client;

    /// This statement, prepared now or earlier on this connection; `None` if it remembers none.
    fn prepared<'a>(&'a self, sql: &'a str, types: &'a [Type]) -> Option<Preparing<'a>>;

    /// Called instead of dropping it when an answer is still outstanding, because its caller was dropped:
    /// the connection may hang, and is better closed than given to the next one.
    fn discard(self: Box<Self>);
}

/// A statement that is being prepared, or that was prepared before.
pub type Preparing<'a> = Pin<Box<dyn Future<Output = Result<Statement, tokio_postgres::Error>> + Send + 'a>>;

impl<T> Connection for T
where
    T: Deref<Target = Client> + Send + Sync,
{
    fn client(&self) -> &Client {
        self
    }

    fn prepared<'a>(&'a self, _: &'a str, _: &'a [Type]) -> Option<Preparing<'a>> {
        None
    }

    fn discard(self: Box<Self>) {}
}

#[cfg(feature = "postgres-deadpool")]
mod pooled {
    use super::*;
    use deadpool_postgres::{Object, Pool};

    struct Pooled(Object);

    /// A pool of one's own is best opened with `RecyclingMethod::Fast`, the default: the others ask the
    /// server before each use, which is a round trip.
    #[async_trait]
    impl Connections for Pool {
        async fn get(&self) -> Result<Box<dyn Connection>, Cause> {
            Ok(Box::new(Pooled(Pool::get(self).await?)))
        }
    }

    impl Connection for Pooled {
        fn client(&self) -> &Client {
            &self.0
        }

        fn prepared<'a>(&'a self, sql: &'a str, types: &'a [Type]) -> Option<Preparing<'a>> {
            Some(Box::pin(self.0.prepare_typed_cached(sql, types)))
        }

        fn discard(self: Box<Self>) {
            drop(Object::take(self.0));
        }
    }
}
