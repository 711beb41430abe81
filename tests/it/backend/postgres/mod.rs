//! The backend in PostgreSQL, on a server that the tests start themselves (or that
//! `TALKBACK_TEST_POSTGRES` names).

mod conformance;
pub(crate) mod server;
pub(crate) mod world;
