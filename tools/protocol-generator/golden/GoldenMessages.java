import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.record.TimestampType;

/**
 * Writes test vectors with Apache Kafka's own classes: every message named on the command line's file, in every
 * version, filled with values of a seeded generator; and record batches in every compression type.
 *
 * Usage: java -cp 'kafka-libs/*' GoldenMessages.java names.txt target-folder
 */
public final class GoldenMessages {
    private static final Random RANDOM = new Random(7);

    public static void main(String[] args) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            Class<?> type = find(line.trim());
            if (type == null) continue;
            Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
            short lowest = type.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
            short highest = type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
            for (short version = lowest; version <= highest; version++) {
                lines.add("  [\"" + line.trim() + "\", " + version + ", \"" + encode(type, schemas[version], version) + "\"]");
            }
        }
        write(args[1], "golden-messages.json", lines);
        List<String> batches = new ArrayList<>();
        for (CompressionType compression : CompressionType.values()) {
            batches.add("  [\"" + compression.name + "\", \"" + batch(compression) + "\"]");
        }
        write(args[1], "golden-batches.json", batches);
    }

    private static void write(String folder, String name, List<String> lines) throws Exception {
        Files.writeString(Path.of(folder, name), "[\n" + String.join(",\n", lines) + "\n]\n");
    }

    private static Class<?> find(String name) {
        List<String> roots = List.of("common.message.%sData", "common.message.%s", "coordinator.group.generated.%s", "coordinator.transaction.generated.%s");
        for (String root : roots) {
            try {
                return Class.forName("org.apache.kafka." + String.format(root, name));
            } catch (ClassNotFoundException next) {
                // Look in the next package; messages newer than this Kafka are in none.
            }
        }
        return null;
    }

    /** A random struct of the schema, read and written again by the message class, which gives its canonical form. */
    private static String encode(Class<?> type, Schema schema, short version) throws Exception {
        Struct struct = struct(schema);
        ByteBuffer raw = ByteBuffer.allocate(struct.sizeOf());
        struct.writeTo(raw);
        raw.flip();
        Constructor<?> constructor = type.getConstructor(org.apache.kafka.common.protocol.Readable.class, short.class);
        Message message = (Message) constructor.newInstance(new ByteBufferAccessor(raw), version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer canonical = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(canonical), cache, version);
        return Base64.getEncoder().encodeToString(canonical.array());
    }

    private static Struct struct(Schema schema) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) struct.set(field, value(field.def.type));
        return struct;
    }

    private static Object value(Type type) {
        if (type.isNullable() && RANDOM.nextInt(4) == 0) return null;
        if (type instanceof Schema) return struct((Schema) type);
        if (type instanceof TaggedFields) return tags((TaggedFields) type);
        if (type.isArray()) {
            Object[] elements = new Object[1 + RANDOM.nextInt(2)];
            Type element = type.arrayElementType().get();
            for (int index = 0; index < elements.length; index++) elements[index] = value(element);
            return elements;
        }
        String name = type.toString();
        if (name.contains("RECORDS")) return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(5)));
        if (name.contains("BYTES")) return ByteBuffer.wrap(bytes(RANDOM.nextInt(6)));
        if (name.contains("STRING")) return text();
        switch (name) {
            case "BOOLEAN": return RANDOM.nextBoolean();
            case "INT8": return (byte) RANDOM.nextInt();
            case "INT16": return (short) RANDOM.nextInt();
            case "UINT16": return RANDOM.nextInt(65536);
            case "INT32": return RANDOM.nextInt();
            case "UINT32": return RANDOM.nextLong() & 0xffffffffL;
            case "INT64": return RANDOM.nextLong();
            case "FLOAT64": return RANDOM.nextDouble() * 1000;
            case "UUID": return new Uuid(RANDOM.nextLong(), RANDOM.nextLong());
        }
        Schema nested = nestedSchema(type);
        if (nested != null) return struct(nested);
        throw new IllegalStateException("No value for " + name + " " + type.getClass());
    }

    /** A nullable struct wraps its schema. */
    private static Schema nestedSchema(Type type) {
        try {
            for (Field field : type.getClass().getDeclaredFields()) {
                if (field.getType() != Schema.class) continue;
                field.setAccessible(true);
                return (Schema) field.get(type);
            }
            return type instanceof Schema ? (Schema) type : null;
        } catch (IllegalAccessException error) {
            throw new IllegalStateException(error);
        }
    }

    private static NavigableMap<Integer, Object> tags(TaggedFields type) {
        NavigableMap<Integer, Object> tags = new TreeMap<>();
        type.fields().forEach((tag, field) -> {
            if (RANDOM.nextInt(3) > 0) tags.put(tag, value(field.type));
        });
        return tags;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static String text() {
        char[] text = new char[RANDOM.nextInt(7)];
        for (int index = 0; index < text.length; index++) text[index] = "abcdefgh-_.ü€".charAt(RANDOM.nextInt(13));
        return new String(text);
    }

    /** 60 records of repetitive text with keys, headers and nulls, as an idempotent producer would send them. */
    private static String batch(CompressionType type) {
        SimpleRecord[] records = new SimpleRecord[60];
        for (int index = 0; index < records.length; index++) {
            byte[] key = index % 3 == 0 ? null : ("key-" + index % 7).getBytes(StandardCharsets.UTF_8);
            byte[] value = index % 11 == 10 ? null : ("{\"id\":" + index + ",\"name\":\"record " + index + "\",\"state\":\"ok\"}").getBytes(StandardCharsets.UTF_8);
            Header[] headers = index % 5 == 0 ? new Header[] {new RecordHeader("trace", bytes(4)), new RecordHeader("none", (byte[]) null)} : new Header[0];
            records[index] = new SimpleRecord(1_700_000_000_000L + index * 250L, key, value, headers);
        }
        MemoryRecords written = MemoryRecords.withRecords(RecordBatch.MAGIC_VALUE_V2, 1000L, Compression.of(type).build(), TimestampType.CREATE_TIME, 42L, (short) 3, 17, 5, true, records);
        byte[] copy = new byte[written.sizeInBytes()];
        written.buffer().duplicate().get(copy);
        return Base64.getEncoder().encodeToString(copy);
    }
}
