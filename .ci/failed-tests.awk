# Prints the name of each test that failed, and the file or crate that contains it. The input consists of the logs of the steps,
# and of the JUnit reports of nextest.

function report(name) {
  if (!(name in reported)) print "  " name
  reported[name]
}

# A JUnit report has the name and the crate of a test in one element, and the failure in the next.
/^ *<testcase / { split($0, test, "\"") }
/^ *<(failure|error)/ { report(test[4] ": " test[2]) }

# jest lists the tests that failed in a file below the file. Console output has the same form as the name of a test.
/^FAIL / { file = $2 }
/^  ● / && !/^  ● Console$/ { report(file ": " substr($0, length("  ● ") + 1)) }

# cargo test lists the tests that failed after their output, indented by four spaces. Both begin with the same line.
/^failures:$/ { is_list = 1 }
/^(---- |test result:)/ { is_list = 0 }
is_list && /^    [^ ]/ { report("cargo test: " $1) }

# The matrix prints the reason after the name of a cell.
/^[a-z].*\)  failed: / { report("matrix: " $1) }

# The checks of aarch64 that are written in JavaScript.
/^not ok / { report("arm64: " substr($0, length("not ok ") + 1)) }

# A step that failed although no test did.
/^the step .* failed$/ { report($0) }
