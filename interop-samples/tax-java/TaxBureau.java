import cn.creditexchange.v1.ImportListingsRequest;
import cn.creditexchange.v1.ImportListingsResponse;
import cn.creditexchange.v1.Listing;
import cn.creditexchange.v1.RegistryServiceGrpc;
import com.google.protobuf.Any;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A tax bureau imports its listings. Usage: ./run.sh FILE, one listing a line in Protobuf's JSON form.
 *
 * <p>With 10,000 unanswered items the hub stops reading until answers are taken. A client that writes everything first and reads
 * afterwards waits there for ever, or keeps the whole file in its memory. So nothing here ever blocks: items are written only while
 * the transport is ready for one, and answers arrive in between, on the same thread.
 */
public final class TaxBureau implements ClientResponseObserver<ImportListingsRequest, ImportListingsResponse> {
    private final BufferedReader file;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Map<String, Integer> refused = new TreeMap<>();
    private ClientCallStreamObserver<ImportListingsRequest> hub;
    private boolean wroteAll;
    private long sent;
    private long accepted;
    private long mostUnanswered;
    private long answersBeforeTheEnd;
    private Throwable failure;

    private TaxBureau(BufferedReader file) {
        this.file = file;
    }

    /** Before the call begins: from now on the transport says when it has room. */
    @Override
    public void beforeStart(ClientCallStreamObserver<ImportListingsRequest> stream) {
        hub = stream;
        hub.setOnReadyHandler(this::write);
    }

    /** Writes while there is room, and returns: the handler is called again when there is room anew. */
    private void write() {
        try {
            while (!wroteAll && hub.isReady()) {
                String line = file.readLine();
                if (line == null) {
                    wroteAll = true;
                    answersBeforeTheEnd = answers();
                    hub.onCompleted();
                } else if (!line.isBlank()) {
                    Listing.Builder listing = Listing.newBuilder();
                    JsonFormat.parser().merge(line, listing);
                    // The bureau's own key makes the request id: a file that is sent twice adds nothing.
                    hub.onNext(ImportListingsRequest.newBuilder()
                        .setRequestId("tax-" + listing.getSourceRef()).setListing(listing).build());
                    mostUnanswered = Math.max(mostUnanswered, ++sent - answers());
                }
            }
        } catch (Exception error) {
            failure = error;
            hub.cancel("the file can't be read", error);
        }
    }

    /** An answer comes after its listing is on disk; answers may be out of order, so request_id tells whose it is. */
    @Override
    public void onNext(ImportListingsResponse answer) {
        if (answer.hasError()) {
            refused.merge(reason(answer.getError()), 1, Integer::sum);
        } else {
            accepted++;
        }
    }

    @Override
    public void onError(Throwable error) {
        failure = failure == null ? error : failure;
        over.countDown();
    }

    @Override
    public void onCompleted() {
        over.countDown();
    }

    private long answers() {
        return accepted + refused.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** The stable reason, USCC_CHECK_DIGIT for one; docs/errors.md says what to do about each. */
    private static String reason(com.google.rpc.Status error) {
        try {
            for (Any detail : error.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    return detail.unpack(ErrorInfo.class).getReason();
                }
            }
        } catch (com.google.protobuf.InvalidProtocolBufferException unreadable) {
            return error.getMessage();
        }
        return Status.fromCodeValue(error.getCode()).getCode().name();
    }

    private static String variable(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(variable("CREDITEXCHANGE_DATA", "../../.data"));
        String token = Files.readString(data.resolve("tokens/hainan-tax.jwt")).strip();
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(variable("CREDITEXCHANGE_GRPC_PORT", "7080")))
            .usePlaintext().build();
        try (BufferedReader file = Files.newBufferedReader(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
            TaxBureau bureau = new TaxBureau(file);
            RegistryServiceGrpc.newStub(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers)).importListings(bureau);
            bureau.over.await();
            System.out.printf("%d sent, %d accepted, %d answered while writing, at most %d unanswered%n",
                bureau.sent, bureau.accepted, bureau.answersBeforeTheEnd, bureau.mostUnanswered);
            bureau.refused.forEach((reason, count) -> System.out.printf("refused %s: %d%n", reason, count));
            if (bureau.failure != null || bureau.answers() != bureau.sent) {
                System.out.println("broken: " + Status.fromThrowable(bureau.failure) + "; send the file again, nothing is doubled");
                System.exit(1);
            }
        } finally {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }
}
