"""The plain script that dispatch is measured against: smtplib over one kept-open connection, mails made beforehand.

`python benchmarks/smtplib_baseline.py PORT MAILS COUNT` sends COUNT mails to 127.0.0.1, taking them in turn from the
folder MAILS (files `<recipient>.eml`).
"""

import smtplib
import sys
from pathlib import Path


def main() -> None:
    port, folder, count = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    mails = [(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(count):
            recipient, mail = mails[number % len(mails)]
            server.sendmail("noreply@agency.example", [recipient], mail)


if __name__ == "__main__":
    main()
