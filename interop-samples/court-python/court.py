"""A court publishes a dishonest judgment debtor, corrects the listing and ends it.

Usage: /usr/bin/python3 court.py [CASE]     (./generate.sh first)
CASE is the court's own key of the case. A second run with the same CASE is a retry: the hub repeats its first answers.
"""

import hashlib
import os
import sys
import time
from pathlib import Path

import google

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "gen"))
google.__path__.append(str(HERE / "gen/google"))  # google.rpc comes from here, google.protobuf from Debian

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2, status_pb2
from creditexchange.v1 import listings_pb2 as listings, registry_service_pb2 as registry, subjects_pb2 as subjects
from creditexchange.v1.registry_service_pb2_grpc import RegistryServiceStub

ADDRESS = "127.0.0.1:" + os.environ.get("CREDITEXCHANGE_GRPC_PORT", "7080")
DATA = Path(os.environ.get("CREDITEXCHANGE_DATA", HERE / "../../.data"))
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]


def metadata():
    """The token is read for each call: a real one lives an hour at most and is replaced in place."""
    token = (DATA / "tokens/hainan-high-court.jwt").read_text().strip()
    return [("authorization", "Bearer " + token), ("accept-language", "zh-CN")]


def synthetic_company(seed):
    """A well-formed unified social credit code that belongs to nobody: 91, region 460000, body code, two check digits."""
    digest = hashlib.sha256(seed.encode()).digest()
    body = "".join(str(byte % 10) for byte in digest[:8])
    inner = 11 - sum(int(d) * w for d, w in zip(body, [3, 7, 9, 10, 5, 8, 4, 2])) % 11
    code = "91460000" + body + "0123456789X0"[inner]
    outer = 31 - sum(USCC_ALPHABET.index(c) * w for c, w in zip(code, USCC_WEIGHTS)) % 31
    return code + USCC_ALPHABET[outer % 31]


def send(call, request):
    """One call. Only UNAVAILABLE and DEADLINE_EXCEEDED are worth a retry, and the request id makes that safe."""
    for pause in (0.2, 0.5, 1, 2, None):
        try:
            return call(request, metadata=metadata(), timeout=5)
        except grpc.RpcError as error:
            waits = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
            if pause is None or not waits:
                raise
            time.sleep(pause)


def explain(error):
    """The stable reason for the program, the wrong fields, and the text for the clerk."""
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    info, bad, text = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.LocalizedMessage()
    for detail in status_pb2.Status.FromString(packed).details:
        for message in (info, bad, text):
            detail.Unpack(message)
    fields = ", ".join(violation.field for violation in bad.field_violations)
    return f"{error.code().name} {info.reason} {fields}\n        {text.message}"


def listing_of(case, number):
    return listings.Listing(
        list_code="court.dishonest-judgment-debtor",
        source_ref=case,
        subject=subjects.SubjectId(kind=subjects.ID_KIND_USCC, number=number),
        subject_name="海南样例商贸有限公司",
        reason="有履行能力而拒不履行生效法律文书确定的义务",
        document=listings.DecisionDocument(number="（2025）琼01执1号", authority="海口样例法院", decided_on="2025-06-02"),
        conduct_on="2025-03-01",
        notice=listings.Notice(served_on="2025-06-05", manner="电子送达", remedies="可以自收到决定书之日起书面申请纠正"),
    )


def main():
    case = sys.argv[1] if len(sys.argv) > 1 else f"court-sample-{int(time.time())}"
    company = synthetic_company(case)
    with grpc.insecure_channel(ADDRESS) as channel:
        hub = RegistryServiceStub(channel)

        mistyped = company[:-1] + USCC_ALPHABET[(USCC_ALPHABET.index(company[-1]) + 1) % 31]
        try:
            send(hub.PublishListing, registry.PublishListingRequest(request_id=case + "-bad", listing=listing_of(case, mistyped)))
            sys.exit("a wrong check digit was accepted")
        except grpc.RpcError as error:
            print("refused", explain(error))

        request = registry.PublishListingRequest(request_id=case + "-publish", listing=listing_of(case, company))
        first = send(hub.PublishListing, request)
        print(f"published {first.listing.listing_id} revision {first.listing.revision} position {first.listing.position}")
        again = send(hub.PublishListing, request)
        print("retried: the first answer again" if again == first else "retried: ANOTHER ANSWER")

        amended = send(hub.AmendListing, registry.AmendListingRequest(
            request_id=case + "-amend", listing_id=first.listing.listing_id, expected_revision=1, reason="更正案号",
            listing=listings.Listing(document=listings.DecisionDocument(number="（2025）琼01执12号")),
            update_mask=FieldMask(paths=["document.number"])))
        print(f"amended {amended.listing.document.number} revision {amended.listing.revision}")

        ended = send(hub.EndListing, registry.EndListingRequest(
            request_id=case + "-end", listing_id=first.listing.listing_id, expected_revision=2, reason="已全部履行",
            ground=listings.END_GROUND_DUTY_DONE))
        state = listings.ListingState.Name(ended.listing.state)
        print(f"ended {state} revision {ended.listing.revision} position {ended.listing.position}")


if __name__ == "__main__":
    main()
