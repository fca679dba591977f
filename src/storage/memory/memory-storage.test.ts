import { storageContract } from '../storage.contract.ts'
import { openMemoryStorage } from './memory-storage.ts'

storageContract(async () => openMemoryStorage())
