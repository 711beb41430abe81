//! The backend in PostgreSQL: P6 to P8, P12, P17, P19, and its part of the scaling.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::CaseId;
use talkback::backend::postgres::tokio_postgres::Config;
use talkback::backend::{Commit, Write};
use tokio::runtime::{Builder, Runtime};

use super::cluster::{self, Cluster, connect, name};
use super::floor_postgres::Floor;
use super::life::{Life, STEPS};
use super::measure::{Took, line, pairs, rounds, timed};
use super::night;
use super::proxy::Proxy;
use super::store::{CLAIM, LEASE, Ledger, Ours, PAGE, Place, Store};
use super::workload::batch;
use super::{Asked, lengths, scaling};

const CASES: u64 = 100;
const COMMANDS: usize = CASES as usize * STEPS;
/// Every case that needs the server.
const ALL: [&str; 13] =
    ["p6", "p7", "p8", "p10", "p11", "p12", "p13", "p14", "p17", "p19", "lateness", "backlog", "relay"];

pub(crate) fn run(asked: &Asked, life: &Arc<Life>) {
    let wants = |case: &str| asked.wants(&format!("postgres {case}"));
    if !ALL.into_iter().any(wants) {
        return;
    }
    let Some(cluster) = Cluster::start() else { return };
    if wants("p6") {
        if cluster.pin() {
            one_by_one(life, &cluster.config(false), "postgres p6-one-core");
        } else {
            println!("NOT MEASURED: postgres p6, the server cannot be put on one processor from here");
        }
        cluster.unpin();
    }
    if wants("p7") {
        for (durable, sync) in [(false, "off"), (true, "on")] {
            let config = cluster.config(durable);
            one_by_one(life, &config, &format!("postgres p7-c1-sync-{sync}"));
            eight_at_once(life, &config, &format!("postgres p7-c8-sync-{sync}"));
        }
    }
    if wants("p8") {
        far_away(life, &cluster);
    }
    if wants("p17") {
        let host = single();
        let (backend, _) = host.block_on(cluster::ours(&cluster.config(false), 1));
        lengths::run(life, "postgres", &backend, Some(&host));
    }
    if wants("p19") {
        logged(life, &cluster.config(false));
    }
    night::run_on(asked, "postgres", &many(), |host| {
        (host.block_on(cluster::ours(&cluster.config(true), 8)).0, ())
    });
    let config = cluster.config(false);
    let make = || {
        let host = Arc::new(single());
        let (filler, schema) = host.block_on(cluster::ours(&config, 4));
        let backend = cluster::ours_in(&config, 1, &schema);
        let floor = host.block_on(Floor::open(&config, &name("floor")));
        let ours = Ours { backend, filler, tenant: life.tenant.clone(), runtime: Some(host.clone()) };
        (ours, ByHand { floor, host })
    };
    scaling::drain(asked, life, "postgres", make);
    if let Some(mut ours) = scaling::run(asked, life, "postgres", make) {
        held_snapshot(life, &config, &mut ours);
    }
}

/// Everything on the thread that asks: nobody has to be woken up.
fn single() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// For those who do several things at once.
fn many() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn one_by_one(life: &Life, config: &Config, case: &str) {
    let host = single();
    let (backend, _) = host.block_on(cluster::ours(config, 1));
    let floor = host.block_on(Floor::open(config, &name("floor")));
    let pairs = pairs(
        |round| Took::each(host.block_on(life.live(backend.clone(), batch(round, CASES), false))),
        |round| {
            let commits = life.commits(batch(round, CASES));
            Took::each(host.block_on(by_hand(&floor, &commits)))
        },
    );
    pairs.print(case, COMMANDS);
    pairs.print_medians(&format!("{case}-p50"));
}

async fn by_hand(floor: &Floor, commits: &[Commit]) -> Vec<Duration> {
    let mut times = Vec::with_capacity(commits.len());
    for commit in commits {
        let before = Instant::now();
        floor.carry_out(commit).await;
        times.push(before.elapsed());
    }
    times
}

/// Eight callers with a connection each, and cases of their own.
fn eight_at_once(life: &Arc<Life>, config: &Config, case: &str) {
    const CALLERS: u64 = 8;
    const EACH: u64 = 25;
    let host = many();
    let (backend, _) = host.block_on(cluster::ours(config, CALLERS as usize));
    let schema = name("floor");
    let floors: Vec<_> =
        (0..CALLERS).map(|_| Arc::new(host.block_on(Floor::open(config, &schema)))).collect();
    let cases = |round, caller| batch(round * CALLERS as usize + caller as usize, EACH);
    let pairs = pairs(
        |round| {
            let (took, ()) = timed(|| {
                let callers: Vec<_> = (0..CALLERS)
                    .map(|caller| {
                        let (life, backend) = (life.clone(), backend.clone());
                        host.spawn(async move { life.live(backend, cases(round, caller), false).await })
                    })
                    .collect();
                callers.into_iter().for_each(|caller| drop(host.block_on(caller).unwrap()));
            });
            Took::whole(took)
        },
        |round| {
            let commits: Vec<_> = (0..CALLERS).map(|caller| life.commits(cases(round, caller))).collect();
            let (took, ()) = timed(|| {
                let callers: Vec<_> = floors
                    .iter()
                    .cloned()
                    .zip(commits)
                    .map(|(floor, commits)| host.spawn(async move { by_hand(&floor, &commits).await }))
                    .collect();
                callers.into_iter().for_each(|caller| drop(host.block_on(caller).unwrap()));
            });
            Took::whole(took)
        },
    );
    pairs.print(case, (CALLERS * EACH) as usize * STEPS);
}

/// Half a millisecond to the server and back.
fn far_away(life: &Life, cluster: &Cluster) {
    const CASES: u64 = 20;
    let near = cluster.config(false);
    let host = single();
    let (_, schema) = host.block_on(cluster::ours(&near, 1));
    let floor_schema = name("floor");
    host.block_on(Floor::open(&near, &floor_schema));
    let proxy = Proxy::start(cluster.address(), Duration::from_micros(250));
    let far = through(&near, proxy.port);
    let backend = cluster::ours_in(&far, 1, &schema);
    let floor = host.block_on(Floor::open(&far, &floor_schema));
    let (mut ours, mut by_floor) = (0, 0);
    let pairs = pairs(
        |round| {
            proxy.trips();
            let took = host.block_on(life.live(backend.clone(), batch(round, CASES), false));
            ours = proxy.trips();
            Took::each(took)
        },
        |round| {
            let commits = life.commits(batch(round, CASES));
            proxy.trips();
            let took = host.block_on(by_hand(&floor, &commits));
            by_floor = proxy.trips();
            Took::each(took)
        },
    );
    let commands = CASES * STEPS as u64;
    pairs.print("postgres p8-delay", commands as usize);
    let per_command = |trips: u64| trips as f64 / commands as f64;
    println!("count postgres p8-round-trips {:.2}, floor {:.2}", per_command(ours), per_command(by_floor));
    proxy.trips();
    host.block_on(life.live(backend, batch(rounds() + 1, CASES), true));
    // The first command of each case has no state to hold, and loads.
    let held = (proxy.trips() - 2 * CASES) as f64 / (commands - CASES) as f64;
    println!("count postgres p8-round-trips-state-held {held:.2}");
    assert_eq!((ours, held), (2 * commands, 1.0), "two round trips, or one with the state held");
}

/// The same server and the same user, by way of that port.
fn through(config: &Config, port: u16) -> Config {
    let mut far = Config::new();
    far.host("127.0.0.1").port(port);
    config.get_user().into_iter().for_each(|user| _ = far.user(user));
    config.get_dbname().into_iter().for_each(|name| _ = far.dbname(name));
    config.get_password().into_iter().for_each(|password| _ = far.password(password));
    config.get_options().into_iter().for_each(|options| _ = far.options(options));
    far
}

/// What the server writes into its log for a command. The first round fills the first pages.
fn logged(life: &Life, config: &Config) {
    let host = single();
    let (backend, _) = host.block_on(cluster::ours(config, 1));
    let floor = host.block_on(Floor::open(config, &name("floor")));
    let (mut ratios, mut bytes) = (Vec::new(), (0, 0));
    for round in 0..4 {
        let commits = life.commits(batch(round, CASES));
        host.block_on(async {
            let begin = floor.logged().await;
            life.live(backend.clone(), batch(round, CASES), false).await;
            let middle = floor.logged().await;
            by_hand(&floor, &commits).await;
            bytes = (middle - begin, floor.logged().await - middle);
        });
        if round > 0 {
            ratios.push(bytes.0 as f64 / bytes.1 as f64);
        }
    }
    line("ratio", "postgres p19-wal", ratios);
    let commands = COMMANDS as i64;
    println!("count postgres p19-wal-bytes {} floor {}", bytes.0 / commands, bytes.1 / commands);
}

/// A thousand claims while somebody reads what was there before them.
fn held_snapshot(life: &Life, config: &Config, ours: &mut Ours) {
    const CLAIMS: usize = 1_000;
    let reader = ours.run(connect(config));
    let begin =
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current_if_assigned(), count(*) FROM pg_class";
    ours.run(reader.batch_execute(begin)).unwrap();
    // Behind every lease that was taken so far.
    let now = life.start + LEASE + TimeDelta::days(500);
    let times: Vec<f64> = (0..CLAIMS)
        .map(|n| {
            let now = now + TimeDelta::milliseconds(2 * n as i64);
            let (took, taken) = timed(|| ours.claim(now, now + LEASE));
            assert_eq!(taken.len(), CLAIM);
            took.as_secs_f64()
        })
        .collect();
    ours.run(reader.batch_execute("ROLLBACK")).unwrap();
    let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
    let (first, last) = (mean(&times[..CLAIMS / 10]), mean(&times[CLAIMS - CLAIMS / 10..]));
    println!("growth postgres p12-held-snapshot {:.2}", last / first);
    println!("scale postgres p12-claim first tenth {:.0} us, last {:.0} us", first * 1e6, last * 1e6);
}

/// The floor with what it runs on.
struct ByHand {
    floor: Floor,
    host: Arc<Runtime>,
}

impl Store for ByHand {
    fn put(&mut self, writes: &[Write]) {
        self.host.block_on(self.floor.fill(writes));
    }

    fn tidy(&mut self) {
        self.host.block_on(self.floor.tidy());
    }

    fn load(&mut self, id: CaseId) {
        assert!(self.host.block_on(self.floor.load(id)).is_some());
    }

    fn list(&mut self, behind: Option<Place>) -> Option<Place> {
        let page = self.host.block_on(self.floor.list(behind));
        assert_eq!(page.len(), PAGE);
        let last = page.last()?;
        Some((last.wake_up()?, last.id))
    }

    fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId> {
        self.host.block_on(self.floor.claim(now, until))
    }
}

impl Ledger for ByHand {
    fn carry_out(&mut self, commit: &Commit, _: DateTime<Utc>) {
        self.host.block_on(self.floor.carry_out(commit));
    }
}
