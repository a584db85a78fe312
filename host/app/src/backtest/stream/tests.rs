//! What the pipeline promises where one of its parts panics.

use domain::window::InputLimits;

use super::*;

fn observed(reach: u64) -> Observed {
    let limits = InputLimits {
        lateness_seconds: 0,
        memory_bytes: 1 << 20,
    };
    Observed {
        rows: Vec::new(),
        inputs: Inputs::new(&[], limits).begin(),
        lists: ListVersions::default(),
        reach,
        took: Duration::ZERO,
        windows_bytes: 0,
    }
}

fn judged(observed: Observed) -> Judged {
    Judged {
        rows: observed.rows,
        inputs: observed.inputs,
        columns: Arc::default(),
        lists: observed.lists,
        said: Vec::new(),
        reach: observed.reach,
        inputs_took: observed.took,
        windows_bytes: observed.windows_bytes,
    }
}

#[test]
fn a_panic_of_a_judge_ends_the_stream_and_says_where() {
    let judge = |observed: Observed| {
        assert_ne!(observed.reach, 3, "the judge fails here");
        judged(observed)
    };
    let (batches_to, batches) = channel();
    let (judged_to, from_judges) = channel();
    let (permits_to, permits) = channel();
    (0..4).for_each(|_| permits_to.send(()).expect("somebody listens"));
    let batches = Mutex::new(batches);
    let stop = AtomicBool::new(false);
    let mut given = Vec::new();
    let ended = std::thread::scope(|scope| {
        scope.spawn(move || {
            // As the windows do: there is one more batch for as long as somebody wants it.
            for reach in 0.. {
                let is_wanted = permits.recv().is_ok();
                if !is_wanted || batches_to.send((reach, Ok(observed(reach)))).is_err() {
                    return;
                }
            }
        });
        for _ in 0..2 {
            let judged_to = judged_to.clone();
            scope.spawn(|| {
                let judged_to = judged_to;
                judge_all(&judge, &batches, &judged_to);
            });
        }
        drop(judged_to);
        in_order(from_judges, permits_to, &stop, &mut |judged| {
            given.push(judged.reach);
            ControlFlow::Continue(())
        })
    });
    assert_eq!(given, [0, 1, 2]);
    let reason = ended.expect_err("a judge panicked").to_string();
    assert!(reason.contains("from sequence 3 to 3"), "{reason}");
    assert!(reason.contains("the judge fails here"), "{reason}");
    assert!(stop.into_inner());
}

#[test]
fn a_panic_of_another_part_is_noted() {
    let panicked = Mutex::new(None);
    noting(&panicked, "reading transactions", || {
        panic!("the block is odd")
    })();
    let noted = panicked.into_inner().expect("it panicked");
    assert!(!noted.is_transient());
    let reason = noted.to_string();
    assert!(
        reason.contains("while reading transactions: the block is odd"),
        "{reason}"
    );
}
