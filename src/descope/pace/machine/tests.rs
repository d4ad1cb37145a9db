// SPDX-License-Identifier: Apache-2.0

//! Several processes are several values over one folder: their locks are not shared.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use tokio::time::Instant;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const START: u64 = 1_700_000_000_000_000;

fn caps(per_minute: usize, at_once: usize) -> Caps {
    Caps { per_minute: NonZeroUsize::new(per_minute), at_once: NonZeroUsize::new(at_once) }
}

/// A process whose clock is the test's.
fn process(temporary: &Path, began: Instant) -> Arc<Machine> {
    let clock = move || START + u64::try_from(began.elapsed().as_micros()).unwrap();
    Arc::new(Machine::with(Shared::new(temporary.to_owned(), "host"), Box::new(clock)))
}

async fn leave(machine: &Arc<Machine>, caps: Caps) -> Leave {
    let mut next = Next::default();
    loop {
        match machine.ask(caps, &mut next).await {
            Ok(leave) => return leave,
            Err(pause) => sleep(pause).await,
        }
    }
}

/// Makes so many requests by each process, which each take the time that `takes` says. Returns when
/// they arrived.
async fn requests(machines: &[Arc<Machine>], count: usize, caps: Caps, takes: fn() -> Duration) -> Vec<Instant> {
    let arrived = Arc::new(Mutex::new(Vec::new()));
    let processes: Vec<_> = machines
        .iter()
        .map(|machine| {
            let (machine, arrived) = (machine.clone(), arrived.clone());
            tokio::spawn(async move {
                let mut under_way = Vec::new();
                for _ in 0..count {
                    let leave = leave(&machine, caps).await;
                    let arrived = arrived.clone();
                    under_way.push(tokio::spawn(async move {
                        let takes = takes();
                        // It may arrive at any time until its answer comes.
                        sleep(takes.mul_f64(fastrand::f64())).await;
                        arrived.lock().unwrap().push(Instant::now());
                        sleep(takes.mul_f64(0.1)).await;
                        drop(leave);
                    }));
                }
                for request in under_way {
                    request.await.unwrap();
                }
            })
        })
        .collect();
    for process in processes {
        process.await.unwrap();
    }
    let mut arrived = arrived.lock().unwrap().clone();
    arrived.sort_unstable();
    arrived
}

/// The most requests that arrived within any minute.
fn most_in_a_minute(arrived: &[Instant]) -> usize {
    let within = |from: &Instant| arrived.iter().filter(|at| *at >= from && **at - *from < MINUTE).count();
    arrived.iter().map(within).max().unwrap()
}

#[tokio::test(start_paused = true)]
async fn no_minute_has_more_requests_than_the_limit_over_three_processes() {
    let (temporary, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let machines = [(); 3].map(|()| process(temporary.path(), began));
    let arrived = requests(&machines, 40, caps(20, 0), || Duration::from_millis(fastrand::u64(10..900))).await;
    assert_eq!((arrived.len(), most_in_a_minute(&arrived)), (120, 20));
    // Five waits at least, and each hardly longer than a minute.
    let took = began.elapsed().as_secs();
    assert!((300..320).contains(&took), "{took}");
}

/// A connection that takes long makes a request arrive long after it was sent.
#[tokio::test(start_paused = true)]
async fn requests_that_take_long_crowd_no_minute_either() {
    let (temporary, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let machines = [(); 2].map(|()| process(temporary.path(), began));
    let arrived = requests(&machines, 40, caps(20, 0), || Duration::from_millis(fastrand::u64(100..30_000))).await;
    assert_eq!(arrived.len(), 80);
    assert!(most_in_a_minute(&arrived) <= 20, "{}", most_in_a_minute(&arrived));
}

#[tokio::test(start_paused = true)]
async fn each_process_gets_its_share() {
    let (temporary, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let sent = Arc::new([const { AtomicUsize::new(0) }; 2]);
    let processes = [0, 1].map(|number| {
        let (machine, sent) = (process(temporary.path(), began), sent.clone());
        tokio::spawn(async move {
            while sent[number].fetch_add(1, Ordering::SeqCst) < 100 {
                let leave = leave(&machine, caps(0, 1)).await;
                sleep(Duration::from_millis(100)).await;
                drop(leave);
            }
            sent.each_ref().map(|sent| sent.load(Ordering::SeqCst))
        })
    });
    for process in processes {
        let sent = process.await.unwrap();
        assert!(sent.iter().all(|sent| *sent > 50), "{sent:?} when the first one was done");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_can_share_nothing_keeps_to_the_limits_by_itself() {
    let (temporary, began) = (tempfile::tempdir().unwrap(), Instant::now());
    let machine = process(temporary.path(), began);
    assert_eq!(machine.most_at_once(caps(1, 3)), usize::MAX, "the slots see to it");
    drop(leave(&machine, caps(2, 3)).await);
    // From now on, the folder is a file.
    let folder = std::fs::read_dir(temporary.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    drop(leave(&machine, caps(2, 3)).await);
    assert_eq!(machine.most_at_once(caps(1, 3)), 3);
    assert_eq!(
        machine.ask(caps(2, 3), &mut Next::default()).await.err().map(|pause| pause.as_secs()),
        Some(61),
        "both requests count"
    );
    let arrived = requests(&[machine], 10, caps(2, 3), || Duration::from_millis(100)).await;
    assert_eq!((arrived.len(), most_in_a_minute(&arrived)), (10, 2));
}
