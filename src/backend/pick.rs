//! Answering a claim from everything there is: for backends that keep no order of what is ready.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::pending::{Pending, PendingNotice};
use super::record::Key;
use super::work::{Claim, Claimed, Lane, LeasedWake, Scope};
use crate::id::TenantId;
use crate::workflow::Notice;

impl Claim {
    /// Answers a claim of [`Lane::Wakes`], for either scope, from all wake-ups of all tenants, in any
    /// order. It looks at every one of them, and takes those that it answers with.
    pub fn pick_wakes<'a>(&self, all: impl IntoIterator<Item = (&'a Key, &'a mut Pending)>) -> Claimed {
        let ready = all.into_iter().filter_map(|(key, pending)| {
            pending.recall(self.now);
            let at = pending.ready().filter(|at| *at <= self.now)?;
            Some((at, &key.tenant, (key, pending)))
        });
        self.pick(ready.collect(), |taken| {
            let lease = |(key, pending): (&Key, &mut Pending)| {
                let due = pending.due()?;
                let lease = pending.take(Lane::Wakes, self.now, self.lease);
                let (attempts, quarantined) = (pending.attempts(), pending.quarantined());
                Some(LeasedWake { key: key.clone(), due, attempts, quarantined, lease })
            };
            Claimed::Wakes(taken.into_iter().filter_map(lease).collect())
        })
    }

    /// Answers a claim of [`Lane::Notices`], for any scope, from all notices of all tenants that are there, those
    /// of one tenant by rising id. It looks at every one of them, and takes those that it answers with.
    pub fn pick_notices<'a>(
        &self,
        all: impl IntoIterator<Item = (&'a TenantId, &'a Notice, &'a mut PendingNotice)>,
    ) -> Claimed {
        if let Scope::DeadLetters { tenant, after } = &self.scope {
            let theirs = all
                .into_iter()
                .filter(|(whose, notice, _)| *whose == tenant && after.is_none_or(|after| notice.id > after));
            let dead = theirs.filter_map(|(whose, notice, pending)| {
                let key = Key::new(whose.clone(), notice.id.case);
                pending.as_dead(key, notice.id, Ok(notice.clone()))
            });
            return Claimed::DeadLetters(dead.take(self.limit).collect());
        }
        let mut lines = HashSet::new();
        let ready = all.into_iter().filter_map(|(tenant, notice, pending)| {
            let may_go = !pending.is_in_line() || lines.insert((tenant, notice.id.case, notice.line()));
            pending.recall(self.now);
            let at = pending.ready().filter(|at| may_go && *at <= self.now)?;
            Some((at, tenant, (tenant, notice, pending)))
        });
        self.pick(ready.collect(), |taken| {
            let lease = |(tenant, notice, pending): (&TenantId, &Notice, &mut PendingNotice)| {
                let key = Key::new(tenant.clone(), notice.id.case);
                pending.take(key, notice.id, Ok(notice.clone()), self)
            };
            Claimed::Notices(taken.into_iter().map(lease).collect())
        })
    }

    fn pick<T>(
        &self,
        mut ready: Vec<(DateTime<Utc>, &TenantId, T)>,
        take: impl FnOnce(Vec<T>) -> Claimed,
    ) -> Claimed {
        ready.sort_by_key(|(at, tenant, _)| (*at, *tenant));
        match &self.scope {
            // No wake-up is one.
            Scope::DeadLetters { .. } => Claimed::DeadLetters(Vec::new()),
            Scope::Every => {
                let mut seen = HashSet::new();
                let tenants = ready.into_iter().map(|(_, tenant, _)| tenant).filter(|id| seen.insert(*id));
                Claimed::Tenants(tenants.take(self.limit).cloned().collect())
            }
            Scope::One(id) => {
                let theirs = ready.into_iter().filter(|(_, tenant, _)| *tenant == id);
                take(theirs.take(self.limit).map(|(_, _, item)| item).collect())
            }
        }
    }
}
