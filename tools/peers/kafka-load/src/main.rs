//! Drives a Kafka server through librdkafka, as `s2-load` drives an S2 server: compiled code, and as many bytes without an
//! acknowledgement, so that what is compared are the servers and not their clients.
//!
//!   kafka-load BOOTSTRAP TOPIC PARTITIONS WARMUP RECORDS RECORD_BYTES BATCH_BYTES LINGER_MS UNACKED_BYTES
//!
//! Writes WARMUP + RECORDS records to all partitions in turn and reads everything back. The clock of the writes starts when
//! WARMUP records are acknowledged and stops with the last acknowledgement. Prints one line of JSON.
use std::{
    env,
    error::Error,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, Message, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer},
};

type Failure = Box<dyn Error + Send + Sync>;

/// How long a server may stay silent.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Progress {
    warmup: u64,
    acknowledged: AtomicU64,
    failed: AtomicU64,
    started: Mutex<Option<Instant>>,
}

struct Acknowledging(Arc<Progress>);

impl ClientContext for Acknowledging {}

impl ProducerContext for Acknowledging {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if result.is_err() {
            self.0.failed.fetch_add(1, Ordering::Relaxed);
        } else if self.0.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == self.0.warmup {
            *self.0.started.lock().expect("nobody panics") = Some(Instant::now());
        }
    }
}

fn main() -> Result<(), Failure> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [bootstrap, topic, rest @ ..] = args.as_slice() else {
        return Err("usage: see the head of main.rs".into());
    };
    let numbers = rest.iter().map(|text| text.parse()).collect::<Result<Vec<u64>, _>>()?;
    let [partitions, warmup, records, record_bytes, batch_bytes, linger_ms, unacked_bytes] = numbers[..] else {
        return Err("seven numbers are needed; see the head of main.rs".into());
    };
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", bootstrap)
        .set("acks", "all")
        // A sequence number allows five requests on their way, and librdkafka sends each batch in a request of its own.
        .set("enable.idempotence", "false")
        .set("batch.size", batch_bytes.to_string())
        .set("batch.num.messages", "1000000")
        .set("message.max.bytes", "16777216")
        .set("linger.ms", linger_ms.to_string())
        .set("queue.buffering.max.messages", "0")
        .set("queue.buffering.max.kbytes", (unacked_bytes * partitions / 1024).to_string());
    let total = warmup + records;
    let body = noise(record_bytes as usize);
    let write_seconds = write(&config, topic, partitions, warmup.max(1), total, &body)?;
    let read_seconds = read(bootstrap, topic, partitions, total, body.len())?;
    let mebibytes = |records: u64| (records * record_bytes) as f64 / (1024.0 * 1024.0);
    println!(
        "{{\"appendMBps\":{:.3},\"readMBps\":{:.3}}}",
        mebibytes(records) / write_seconds,
        mebibytes(total) / read_seconds
    );
    Ok(())
}

fn write(
    config: &ClientConfig,
    topic: &str,
    partitions: u64,
    warmup: u64,
    total: u64,
    body: &[u8],
) -> Result<f64, Failure> {
    let progress = Arc::new(Progress { warmup, ..Progress::default() });
    let producer: ThreadedProducer<Acknowledging> = config.create_with_context(Acknowledging(progress.clone()))?;
    for at in 0..total {
        let mut record = BaseRecord::<(), [u8]>::to(topic).payload(body).partition((at % partitions) as i32);
        loop {
            match producer.send(record) {
                Ok(()) => break,
                // As many bytes wait for an acknowledgement as may.
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), same)) => {
                    record = same;
                    thread::sleep(Duration::from_micros(200));
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }
    producer.flush(PATIENCE)?;
    let failed = progress.failed.load(Ordering::Relaxed);
    if failed > 0 {
        return Err(format!("{failed} records were not acknowledged").into());
    }
    let started = progress.started.lock().map_err(|_| "poisoned")?.ok_or("no warm-up")?;
    Ok(started.elapsed().as_secs_f64())
}

/// Reads each partition on a connection of its own, as `s2-load` reads each stream in a session of its own. The clock starts
/// when all know their leader: S2's client is connected since it wrote, and librdkafka looks for a leader every 500 ms only.
fn read(bootstrap: &str, topic: &str, partitions: u64, total: u64, record_bytes: usize) -> Result<f64, Failure> {
    let consumers = (0..partitions).map(|_| consumer(bootstrap, topic)).collect::<Result<Vec<_>, _>>()?;
    let began = Instant::now();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..)
            .zip(&consumers)
            .map(|(partition, consumer)| {
                let records = total / partitions + u64::from(partition < total % partitions);
                scope.spawn(move || read_partition(consumer, topic, partition as i32, records, record_bytes))
            })
            .collect();
        readers.into_iter().try_for_each(|reader| reader.join().map_err(|_| "a reader panicked")?)
    })?;
    Ok(began.elapsed().as_secs_f64())
}

fn consumer(bootstrap: &str, topic: &str) -> Result<BaseConsumer, Failure> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "kafka-load")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // By default a partition rests for a second when its queue is full.
        .set("fetch.queue.backoff.ms", "1")
        .create()?;
    consumer.fetch_metadata(Some(topic), PATIENCE)?;
    Ok(consumer)
}

fn read_partition(
    consumer: &BaseConsumer,
    topic: &str,
    partition: i32,
    records: u64,
    record_bytes: usize,
) -> Result<(), Failure> {
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, partition, Offset::Beginning)?;
    consumer.assign(&assignment)?;
    for next in 0..records {
        let message = consumer.poll(PATIENCE).ok_or_else(|| format!("{next} of {records} records came back"))??;
        if message.payload_len() != record_bytes || message.offset() != next as i64 {
            return Err(format!("offset {} of partition {partition} came back wrong", message.offset()).into());
        }
    }
    Ok(())
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
