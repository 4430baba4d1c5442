//! What reading any live system takes: a thread that may be left behind, time that
//! ends, and a server's words made fit to be shown.

#![cfg_attr(
    not(any(feature = "aws", feature = "kubernetes")),
    expect(dead_code, reason = "a tool server is asked one thing at a time")
)]

use std::{
    error::Error as StdError,
    future::Future,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime,
    sync::{Semaphore, SemaphorePermit},
    task::JoinSet,
    time::timeout,
};

/// Seconds that a whole system may take, unless said otherwise.
pub const TIMEOUT: u64 = 120;

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Resources, or calls, that are done.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// Objects so far.
    pub objects: usize,
}

/// Why collecting ended without a result of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Time was over.
    TimedOut(Duration),
    /// The collector itself failed.
    Failed(String),
}

/// Tells how far it is.
#[derive(Debug, Clone)]
pub(super) struct Teller(mpsc::Sender<Progress>);

impl Teller {
    pub(super) fn tell(&self, progress: &Progress) {
        // Nobody who listens is no reason to stop.
        let _ = self.0.send(progress.clone());
    }
}

/// The time that a whole system may take to answer everything, and how many answers
/// are waited for at once.
#[derive(Debug)]
pub(super) struct Bounds {
    began: Instant,
    whole: Duration,
    slots: Semaphore,
}

/// Why no answer is waited for any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Overdue {
    /// One answer took too long.
    One(Duration),
    /// The time of the whole system was over.
    Whole(Duration),
}

impl Bounds {
    /// `whole` from when it `began`; one answer may take a quarter of it.
    pub(super) fn new(began: Instant, whole: Duration) -> Self {
        /// Answers that are waited for at the same time.
        const AT_ONCE: usize = 8;
        Self { began, whole, slots: Semaphore::new(AT_ONCE) }
    }

    /// What one answer may take.
    pub(super) fn one(&self) -> Duration {
        self.whole / 4
    }

    /// What is left of the time.
    pub(super) fn left(&self) -> Result<Duration, Overdue> {
        let left = self.whole.saturating_sub(self.began.elapsed());
        if left.is_zero() { Err(self.over()) } else { Ok(left) }
    }

    /// That the whole time is over.
    pub(super) fn over(&self) -> Overdue {
        Overdue::Whole(self.whole)
    }

    /// Waits for one's turn, which lasts as long as the answer is kept.
    pub(super) async fn turn(&self) -> Result<SemaphorePermit<'_>, Overdue> {
        self.slots.acquire().await.map_err(|_| self.over())
    }

    /// What comes of waiting, for as long as one answer may take.
    pub(super) async fn wait<T>(&self, what: impl Future<Output = T>) -> Result<T, Overdue> {
        let left = self.left()?;
        let one = left.min(self.one());
        let over = |_| if one == left { self.over() } else { Overdue::One(one) };
        timeout(one, what).await.map_err(over)
    }
}

/// What comes of all work, in the order in which it was given; nothing where a task
/// failed. `done` hears of each as it ends.
pub(super) async fn together<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
    mut done: impl FnMut(&T),
) -> Vec<Option<T>> {
    let mut tasks = JoinSet::new();
    let mut results = Vec::new();
    for (index, work) in work.into_iter().enumerate() {
        tasks.spawn(async move { (index, work.await) });
        results.push(None);
    }
    while let Some(joined) = tasks.join_next().await {
        let Ok((index, result)) = joined else { continue };
        done(&result);
        if let Some(slot) = results.get_mut(index) {
            *slot = Some(result);
        }
    }
    results
}

/// Runs `work` for at most `timeout`, on a thread and a runtime of its own, so that
/// nothing that blocks (a credentials plugin, a name server) outlasts the time that
/// it was given. `watch` is told how far it is, on this thread.
///
/// # Errors
/// Those of `work`, and [`Stopped`].
pub(super) fn within<T, E, F>(
    timeout: Duration,
    watch: &mut dyn FnMut(&Progress),
    work: impl FnOnce(Teller) -> F + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Stopped> + Send + 'static,
    F: Future<Output = Result<T, E>>,
{
    /// For what the runtime needs to notice that time is over.
    const GRACE: Duration = Duration::from_secs(2);
    let failed = |error: &dyn StdError| E::from(Stopped::Failed(error.to_string()));
    let (sender, news) = mpsc::channel();
    let (finish, result) = mpsc::channel();
    let run = move || {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| E::from(Stopped::Failed(error.to_string())))?;
        let result = runtime.block_on(work(Teller(sender)));
        // A name server that does not answer is not waited for.
        runtime.shutdown_background();
        result
    };
    thread::Builder::new()
        .name("collect".to_owned())
        .spawn(move || {
            let _ = finish.send(run());
        })
        .map_err(|error| failed(&error))?;
    let end = Instant::now() + timeout + GRACE;
    loop {
        match news.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(progress) => watch(&progress),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                return Err(Stopped::TimedOut(timeout).into());
            }
            // Whoever tells is done, and the result follows.
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                let left = end.saturating_duration_since(Instant::now());
                return match result.recv_timeout(left) {
                    Ok(result) => result,
                    Err(mpsc::RecvTimeoutError::Timeout) => Err(Stopped::TimedOut(timeout).into()),
                    Err(mpsc::RecvTimeoutError::Disconnected) => {
                        Err(Stopped::Failed("it stopped".to_owned()).into())
                    }
                };
            }
        }
    }
}

/// Names that there are, the first few of them.
pub(crate) fn shown(known: &[String]) -> String {
    const ENOUGH: usize = 5;
    match known {
        [] => "none".to_owned(),
        few if few.len() <= ENOUGH => few.join(", "),
        many => {
            let first = many.get(..ENOUGH).unwrap_or_default().join(", ");
            format!("{first} and {} more", many.len() - ENOUGH)
        }
    }
}

/// Names that there are, the one most like `wanted` first.
pub(crate) fn nearest_first(wanted: &str, mut known: Vec<String>) -> Vec<String> {
    known.sort_by_cached_key(|name| (strsim::damerau_levenshtein(wanted, name), name.clone()));
    known.dedup();
    known
}

/// A server's words: one line, not too long.
pub(super) fn plain(text: &str) -> String {
    const LONGEST: usize = 200;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// An error and what caused it, without what is said twice.
pub(super) fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !told.contains(&text) {
            told.push_str(": ");
            told.push_str(&text);
        }
        next = cause.source();
    }
    plain(&told)
}
