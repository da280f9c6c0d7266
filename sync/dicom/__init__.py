# SPDX-License-Identifier: Apache-2.0
"""Captures for a PACS: DICOM images with the JPEG as it was taken (PS3.3), stored over DICOMweb (PS3.18)."""
