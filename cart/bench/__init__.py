# SPDX-License-Identifier: Apache-2.0
"""What is measured: ratios within one run, on the machine at hand."""
