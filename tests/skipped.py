"""Prints each skipped test of a trx file with its reason. Usage: skipped.py FILE"""

import sys
import xml.etree.ElementTree as tree

NS = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
for result in tree.parse(sys.argv[1]).iter(NS + "UnitTestResult"):
    if result.get("outcome") == "NotExecuted":
        reason = result.findtext(f"{NS}Output/{NS}ErrorInfo/{NS}Message") or result.findtext(f"{NS}Output/{NS}StdOut") or "no reason"
        print(f"   skipped {result.get('testName')}: {reason.strip()}")
