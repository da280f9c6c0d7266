# SPDX-License-Identifier: Apache-2.0
"""What bytes mean: one small module per profile or vendor protocol, pure but for `prepare`."""
