//! The backend in PostgreSQL, on a server that the tests start themselves (or that
//! `TALKBACK_TEST_POSTGRES` names).

mod conformance;
mod crashes;
mod damage;
mod drops;
mod faults;
mod isolation;
mod levels;
mod migrating;
mod order;
mod pooler;
mod proxy;
mod server;
mod story;
pub(crate) mod world;
