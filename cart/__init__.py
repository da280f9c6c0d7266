# SPDX-License-Identifier: Apache-2.0
"""The programs: command line, wiring of each process, the demonstration. The only place that knows everybody."""
