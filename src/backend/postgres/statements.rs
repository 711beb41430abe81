//! Every statement with a fixed text.

use tokio_postgres::types::Type;

use super::call::Call;
use super::schema::Schema;

/// Reads run within this: the tenant is named for the statement's own transaction before its rows are
/// looked at, which the reference to it enforces. `$1` is the tenant.
pub(super) const SCOPE: &str = "SELECT item.* FROM \
    (SELECT set_config('talkback.tenant', $1, true) AS tenant OFFSET 0) AS scope CROSS JOIN LATERAL ";

#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Call,
    pub(super) commit: Call,
    pub(super) history: Call,
    pub(super) feed: Call,
    pub(super) texts: Call,
    pub(super) erase: Call,
    pub(super) claim_wakes: Call,
    pub(super) claim_notices: Call,
    pub(super) dead_letters: Call,
    pub(super) tenants: Call,
    pub(super) settle_wake: Call,
    pub(super) settle_notice: Call,
    pub(super) has_schema: Call,
    pub(super) last_migration: Call,
    pub(super) circumstances: Call,
}

impl Statements {
    pub(super) fn of(schema: &Schema) -> Self {
        let plain = |sql: &str, types: &[Type]| Call { sql: schema.fill(sql), types: types.to_vec() };
        let function = |name: &str, types: &[Type]| {
            let places: Vec<_> = (1..=types.len()).map(|place| format!("${place}")).collect();
            plain(&format!("SELECT * FROM {{schema}}.{name}({})", places.join(", ")), types)
        };
        let scoped = |sql: &str, types: &[Type]| plain(&format!("{SCOPE}{sql}"), types);
        let at = Type::TIMESTAMPTZ;
        Self {
            load: function("load", &[Type::TEXT, Type::INT2, Type::UUID, Type::UUID]),
            commit: function("commit", super::commit::TYPES),
            history: scoped(
                "(SELECT kind, id, version, epoch, tx, n, data FROM {schema}.events \
                 WHERE tenant = scope.tenant AND kind = $2 AND id = $3 AND version > $4 \
                 ORDER BY version LIMIT $5) AS item",
                &[Type::TEXT, Type::INT2, Type::UUID, Type::INT8, Type::INT8],
            ),
            // The inner limit is a literal: of a parameter the planner would believe that it is a tenth of
            // all there is. What is of an earlier epoch than the present one is settled, whatever its numbers.
            feed: scoped(
                "(SELECT {schema}.present_epoch(false) AS epoch OFFSET 0) AS present CROSS JOIN LATERAL \
                 (SELECT kind, id, version, epoch, tx, n, data FROM {schema}.events \
                 WHERE tenant = scope.tenant AND (epoch, tx, n) > ($2, $3, $4) \
                 AND (epoch < present.epoch OR tx < \
                      (SELECT {schema}.feed_end(scope.tenant, present.epoch, pg_current_snapshot(), $6))) \
                 ORDER BY epoch, tx, n LIMIT 1000) AS item LIMIT $5",
                &[Type::TEXT, Type::INT4, Type::INT8, Type::INT4, Type::INT8, Type::BOOL],
            ),
            texts: scoped(
                "(SELECT text.command, text.slot, text.about, text.part, text.body, text.kind, text.id \
                 FROM unnest($2, $3) AS wanted(command, slot) \
                 JOIN {schema}.texts AS text ON text.tenant = scope.tenant \
                 AND text.command = wanted.command AND text.slot = wanted.slot OFFSET 0) AS item",
                &[Type::TEXT, Type::UUID_ARRAY, Type::INT2_ARRAY],
            ),
            erase: function("erase", &[Type::TEXT, Type::TEXT, Type::TEXT, Type::INT2, Type::UUID]),
            claim_wakes: function(
                "claim_wakes",
                &[
                    Type::TEXT,
                    at.clone(),
                    at.clone(),
                    at.clone(),
                    Type::INT4,
                    Type::INT4,
                    at.clone(),
                    at.clone(),
                ],
            ),
            claim_notices: function(
                "claim_notices",
                &[Type::TEXT, at.clone(), at.clone(), Type::INT4, at.clone(), at.clone()],
            ),
            dead_letters: scoped(
                "(SELECT kind, id, version, n, due, attempts, lease, dead, data FROM {schema}.notices \
                 WHERE tenant = scope.tenant AND dead IS NOT NULL AND (id, version, n) > ($2, $3, $4) \
                 ORDER BY id, version, n LIMIT $5) AS item ORDER BY id, version, n",
                &[Type::TEXT, Type::UUID, Type::INT8, Type::INT4, Type::INT8],
            ),
            tenants: function("tenants_with_work", &[Type::BOOL, at.clone(), Type::INT4, at.clone()]),
            settle_wake: function(
                "settle_wake",
                &[
                    Type::TEXT,
                    Type::TEXT,
                    Type::INT2,
                    Type::UUID,
                    Type::INT8,
                    at.clone(),
                    at.clone(),
                    Type::INT4,
                ],
            ),
            settle_notice: function(
                "settle_notice",
                &[
                    Type::TEXT,
                    Type::TEXT,
                    Type::INT2,
                    Type::UUID,
                    Type::INT8,
                    Type::INT4,
                    Type::INT8,
                    at,
                    Type::INT4,
                    Type::TEXT,
                ],
            ),
            has_schema: plain("SELECT to_regclass('{schema}.migrations') IS NOT NULL", &[]),
            last_migration: plain("SELECT coalesce(max(number), 0) FROM {schema}.migrations", &[]),
            circumstances: plain(
                "SELECT current_setting('is_superuser') = 'on', \
                 coalesce((SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user), false), \
                 current_setting('synchronous_commit') IN ('on', 'remote_apply'), \
                 current_setting('fsync') = 'on', \
                 current_setting('statement_timeout') <> '0', \
                 current_setting('idle_in_transaction_session_timeout') <> '0', \
                 current_setting('server_version_num')::int, \
                 current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')",
                &[],
            ),
        }
    }
}
