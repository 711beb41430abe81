//! A shared or boxed backend is a backend.

use std::pin::Pin;
use std::sync::Arc;

use super::{
    Backend, BackendError, Claim, Claimed, Commit, Committed, Erased, Erasure, EventPage, EventQuery, Find,
    Load, Loaded, Page, Settlement, TextQuery,
};
use crate::text::Text;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, BackendError>> + Send + 'a>>;

// Written out as `async_trait` would, so that the inner future is handed on instead of being boxed a
// second time.
macro_rules! forward {
    ($pointer:ident: $($method:ident($request:ty) -> $answer:ty;)*) => {
        // A method that is forgotten here would quietly get a default body, should there ever be one.
        #[deny(clippy::missing_trait_methods)]
        impl<T: Backend + ?Sized> Backend for $pointer<T> {
            $(
                fn $method<'life0, 'async_trait>(
                    &'life0 self,
                    request: $request,
                ) -> Answer<'async_trait, $answer>
                where
                    'life0: 'async_trait,
                    Self: 'async_trait,
                {
                    (**self).$method(request)
                }
            )*
        }
    };
    ($($pointer:ident),*) => {
        $(
            forward! { $pointer:
                load(Load) -> Loaded;
                commit(Commit) -> Committed;
                find(Find) -> Page;
                events(EventQuery) -> EventPage;
                texts(TextQuery) -> Vec<Option<Text>>;
                erase(Erasure) -> Erased;
                claim(Claim) -> Claimed;
                settle(Settlement) -> ();
            }
        )*
    };
}

forward!(Arc, Box);
