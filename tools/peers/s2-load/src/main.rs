//! Drives an S2 server through its own SDK, as Kafka's perf tools drive a Kafka server.
//!
//!   s2-load ENDPOINT BASIN STREAMS WARMUP RECORDS RECORD_BYTES BATCH_BYTES LINGER_MS UNACKED_BYTES
//!
//! Creates the basin and its streams, appends WARMUP + RECORDS records to all of them together, each stream from a
//! producer of its own, and reads everything back, each stream in a session of its own. The clock of the appends starts
//! when WARMUP records are acknowledged and stops with the last acknowledgement. Prints one line of JSON.
use std::{
    env,
    error::Error,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{StreamExt, future::try_join_all};
use s2_sdk::{
    S2, S2Stream,
    batching::{BatchLimits, BatchingConfig},
    producer::ProducerConfig,
    types::{
        AppendRecord, CreateBasinInput, CreateStreamInput, MeteredBytes, ReadFrom, ReadInput,
        ReadLimits, ReadSessionConfig, ReadStart, ReadStop, S2Config, S2Endpoints,
    },
};
use tokio::sync::mpsc;

type Failure = Box<dyn Error + Send + Sync>;

/// Acknowledgements that may wait to be looked at, per stream; what is really in flight is bounded by bytes.
const TICKETS_MAX: usize = 65_536;

#[derive(Clone)]
struct Plan {
    warmup: u64,
    records: u64,
    streams: u64,
    record_bytes: usize,
    producer: ProducerConfig,
}

#[derive(Default)]
struct Progress {
    acknowledged: AtomicU64,
    started: Mutex<Option<Instant>>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [endpoint, basin, rest @ ..] = args.as_slice() else {
        return Err("usage: see the head of main.rs".into());
    };
    let numbers = rest.iter().map(|text| text.parse()).collect::<Result<Vec<u64>, _>>()?;
    let [streams, warmup, records, record_bytes, batch_bytes, linger_ms, unacked_bytes] = numbers[..] else {
        return Err("seven numbers are needed; see the head of main.rs".into());
    };
    let limits = BatchLimits::new().with_max_batch_bytes(batch_bytes as usize)?;
    let batching = BatchingConfig::new().with_linger(Duration::from_millis(linger_ms)).with_limits(limits);
    let producer = ProducerConfig::new().with_batching(batching).with_max_unacked_bytes(unacked_bytes as u32)?;
    let plan = Plan { warmup, records, streams, record_bytes: record_bytes as usize, producer };

    let s2 = S2::new(S2Config::new("ignored").with_endpoints(S2Endpoints::for_endpoint(endpoint)?))?;
    s2.create_basin(CreateBasinInput::new(basin.parse()?)).await?;
    let basin = s2.basin(basin.parse()?);
    let mut targets = Vec::new();
    for stream in 0..streams {
        let name = format!("load-{stream}");
        basin.create_stream(CreateStreamInput::new(name.parse()?)).await?;
        targets.push(basin.stream(name.parse()?));
    }

    let progress = Arc::new(Progress::default());
    let appends = targets.iter().enumerate().map(|(at, stream)| {
        tokio::spawn(append(stream.clone(), share(&plan, at as u64), plan.clone(), progress.clone()))
    });
    for each in try_join_all(appends).await? {
        each?;
    }
    let append_seconds = progress.started.lock().map_err(|_| "poisoned")?.ok_or("no warm-up")?.elapsed().as_secs_f64();

    let began = Instant::now();
    let reads = targets
        .iter()
        .enumerate()
        .map(|(at, stream)| tokio::spawn(read(stream.clone(), share(&plan, at as u64), plan.record_bytes)));
    for each in try_join_all(reads).await? {
        each?;
    }
    let read_seconds = began.elapsed().as_secs_f64();

    let mebibytes = |records: u64| (records * record_bytes) as f64 / (1024.0 * 1024.0);
    println!(
        "{{\"appendMBps\":{:.3},\"readMBps\":{:.3}}}",
        mebibytes(records) / append_seconds,
        mebibytes(warmup + records) / read_seconds
    );
    Ok(())
}

/// How many of all records the stream at `at` gets.
fn share(plan: &Plan, at: u64) -> u64 {
    let total = plan.warmup + plan.records;
    total / plan.streams + u64::from(at < total % plan.streams)
}

async fn append(stream: S2Stream, records: u64, plan: Plan, progress: Arc<Progress>) -> Result<(), Failure> {
    let producer = stream.producer(plan.producer.clone());
    let (sender, mut tickets) = mpsc::channel(TICKETS_MAX);
    let warmup = plan.warmup.max(1);
    let acknowledging = tokio::spawn(async move {
        while let Some(ticket) = tickets.recv().await {
            let ticket: s2_sdk::producer::RecordSubmitTicket = ticket;
            ticket.await?;
            if progress.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == warmup {
                *progress.started.lock().map_err(|_| "poisoned")? = Some(Instant::now());
            }
        }
        Ok::<(), Failure>(())
    });
    // Incompressible enough, and shared: the client's work should not limit the server.
    let body = Bytes::from(noise(plan.record_bytes));
    let metered = AppendRecord::new(body.clone())?.metered_bytes() as u32;
    for _ in 0..records {
        let permit = producer.reserve(metered).await?;
        sender.send(permit.submit(AppendRecord::new(body.clone())?)).await?;
    }
    drop(sender);
    acknowledging.await??;
    producer.close().await?;
    Ok(())
}

async fn read(stream: S2Stream, records: u64, record_bytes: usize) -> Result<(), Failure> {
    let input = ReadInput::new()
        .with_start(ReadStart::new().with_from(ReadFrom::SeqNum(0)))
        .with_stop(ReadStop::new().with_limits(ReadLimits::new().with_count(records as usize)));
    let mut session = stream.read_session(input, ReadSessionConfig::default()).await?;
    let mut seen = 0;
    while let Some(batch) = session.next().await {
        for record in &batch?.records {
            if record.body.len() != record_bytes || record.seq_num != seen {
                return Err(format!("record {seen} came back wrong").into());
            }
            seen += 1;
        }
    }
    if seen == records { Ok(()) } else { Err(format!("{seen} of {records} records came back").into()) }
}

fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .collect()
}
