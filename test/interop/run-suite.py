"""Runs a script of Python's unittest as it stands, and prints one line of JSON a test.

python3 run-suite.py SCRIPT PORT [TEST ...]      PORT is one of 127.0.0.1; without TESTs all of them run.

The scripts of the Paho suite hand their command line to unittest as well, which knows no port: it gets one of its own here.
"""
import json
import os
import runpy
import sys
import time
import unittest

script, port, *names = sys.argv[1:]
report = os.fdopen(os.dup(1), "w", buffering=1)
# What the tests print themselves goes to the error stream.
os.dup2(2, 1)


class Result(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.failed = None
        self.skipped_because = None
        self.started = time.monotonic()

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed = "%s: %s" % (err[0].__name__, err[1])

    def addError(self, test, err):
        super().addError(test, err)
        reason = "%s: %s" % (err[0].__name__, err[1])
        # Set-up of the whole class has no test of its own.
        if hasattr(test, "_testMethodName"):
            self.failed = reason
        else:
            self.tell(str(test), "failed", reason, 0)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.skipped_because = reason

    def stopTest(self, test):
        super().stopTest(test)
        outcome = "skipped" if self.skipped_because else "failed" if self.failed else "passed"
        reason = self.skipped_because or self.failed or ""
        self.tell(test._testMethodName, outcome, reason, time.monotonic() - self.started)

    def tell(self, name, outcome, reason, seconds):
        print(json.dumps({"test": name, "outcome": outcome, "reason": reason[:500], "seconds": round(seconds, 1)}), file=report)


class Runner:
    def run(self, suite):
        result = Result()
        suite(result)
        return result


unittest_main = unittest.main
unittest.main = lambda: unittest_main(module="__main__", argv=["suite", *names], testRunner=Runner())
sys.path.insert(0, os.path.dirname(os.path.abspath(script)))
sys.argv = [script, "--hostname", "127.0.0.1", "--port", port]
runpy.run_path(script, run_name="__main__")
